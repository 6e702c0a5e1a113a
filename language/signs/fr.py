"""French. Letters have no marks: "é" is "e"."""

from language.signs.form import Signs, any_of, pattern

I_MAY = (
    r"(?:puis je|peut on|dois je|doit on|pouvons nous|devons nous|est ce que (?:je|on|nous) (?:peux|peut|dois|doit|"
    r"pouvons)"
    r"|je peux|on peut|je dois|on doit|faut il|est il possible|pourrais je|pourrait on)"
)
MY = r"(?:mon|ma|mes|notre|nos)"
ACTS = any_of(
    """annulez annule annuler changez change changer modifiez modifie envoyez envoie supprimez supprime reservez reserve
    commandez commande bloquez bloque debloquez debloque remboursez rembourse transferez transfere payez paye activez
    active desactivez reportez reporte appelez appelle mettez mets faites fais donnez donne dites dis verifiez verifie
    ajoutez ajoute retirez retire augmentez diminuez arretez arrete confirmez confirme suivez aidez aide trouvez trouve
    montrez montre rappelez rappelle traduisez traduis cherchez cherche fermez ferme ouvrez ouvre"""
)
SHOP_DOES = any_of(
    """livrez expediez envoyez acceptez proposez avez vendez offrez reparez remboursez faites prenez facturez utilisez
    fournissez garantissez reprenez"""
)
TERMS = any_of(
    """delai delais frais cout couts condition conditions regle regles politique garantie garanties adresse horaires
    heures pays modes moyens methodes options taille tailles dimensions poids matiere matieres difference differences
    duree montant limite limites reduction reductions remise remises exceptions documents devises parametres fonction
    fonctions exigences avantages etapes procedure capacite autonomie temperature numero formats types"""
)

SIGNS = Signs(
    greeting=pattern(
        r"^(?:bonjour|bonsoir|salut|hello|coucou|pardon|excusez moi|desole|petite question|une question|question|"
        r"merci(?: d\'avance)?|s\'il vous plait)(?: (?:a tous|madame|monsieur|l\'equipe))?\b",
    ),
    act=pattern(
        r"^(?:pouvez|pourriez|peux|pourrais|voulez|voudriez) (?:vous|tu)\b|^est ce que (?:vous|tu) (?:pouvez|"
        r"pourriez|peux)\b",
        rf"^(?:s'il vous plait |merci de |veuillez |maintenant )?{ACTS} (?!vous\b)",
        r"^(?:je|nous) (?:veux|voudrais|souhaite|souhaiterais|aimerais|vais|voulons|voudrions)\b|^j'(?:aimerais|"
        r"ai besoin)\b",
        rf"\b(?:et|puis) {ACTS} (?:{MY}|le|la|les|moi)\b",
    ),
    live=pattern(
        rf"\b(?:ou|quand|pourquoi|est ce que|si) (?:est |sont |en est |en sont |arrive |arrivera |va |a |ont )?{MY}\b",
        rf"\b{MY} (?:\w+ ){{1,3}}(?:est|sont|a|ont|n'est|n'a|arrive|arrivera|va|sera)\b",
        r"\b(?:statut|etat|suivi|solde|retard|nouvelles|perturbation|perturbations|trafic|meteo|panne) (?:de|du|des|"
        r"sur|a)\b",
        r"\b(?:en stock|epuise\w*|en rupture|disponible\w*|pres de|a proximite|le plus proche|la plus proche)\b",
        r"\bavez vous (?:\w+ )?(?:recu|envoye|expedie|annule|rembourse|mon|ma|mes|notre|nos)\b",
        r"\bquand (?:vais je|est ce que je vais|aurai je|recevrai je)\b",
    ),
    passing=pattern(
        r"\b(?:aujourd'hui|demain|hier|maintenant|actuel\w*|en ce moment|recent\w*|recemment|dernier|derniere|"
        r"derniers|dernieres|"
        r"prochain|prochaine|prochains|prochaines|encore|deja|bientot|desormais|de nos jours|nouvelles|meteo)\b",
        r"\b(?:cette|ce|cet) (?:semaine|annee|mois|matin|soir|apres midi|ete|hiver|automne|printemps|week|saison)\b",
        r"^qui (?:est|sont|a|etait|dirige|possede|preside|detient)\b",
        r"\b(?:president\w*|ministre\w*|maire|pdg|directeur general|chancelier\w*|entraineur\w*|champion\w*|roi|"
        r"reine|pape|"
        r"le plus grand|la plus grande|les plus|le plus haut|population|record\w*|habitants)\b",
    ),
    own=pattern(
        rf"\b(?:je|me|moi|nous|mien|mienne|miens|miennes|{MY})\b|\b[jm]'\w+",
    ),
    anybody=pattern(
        rf"\b{I_MAY}\b|\b(?:si|lorsque|quand|apres que|avant que|une fois que) (?:je|j'\w+|nous|on)\b",
        r"\bai je besoin\b|\bje paie\b|\bque faire si (?:je|j'\w+)\b",
    ),
    the_way=pattern(
        rf"^(?:comment|ou|de quelle maniere|par quel moyen) {I_MAY}\b(?!.{{0,30}}\b(?:voir|savoir|si|ou)\b)",
        r"^(?:comment|ou) (?:faire pour |proceder pour )?(?!(?:savoir|voir|connaitre)\b)\w+(?:er|ir|re)\b",
        r"^(?:quelle est|quelles sont) (?:la|les) (?:procedure|demarche|demarches|etapes|marche) \w+",
        r"^(?:que|qu'est ce que) (?:dois je|faut il|je dois|il faut) faire\b",
    ),
    the_way_mine=pattern(rf"\b{MY}\b(?! mot de passe)"),
    general=pattern(
        rf"^(?:ou |quand |comment |a qui |vers quels pays |dans quels pays )?{SHOP_DOES} vous\b",
        rf"^est ce que vous (?:ne )?{SHOP_DOES}\b|^vous {SHOP_DOES}\b",
        rf"^{I_MAY}\b|^est ce que (?:les?|la|l'\w+|un|une|votre|vos) \w+|^ai je besoin\b",
        r"^y a t il (?:un|une|des)\b|^est ce qu'il y a (?:un|une|des)\b",
        r"^(?:en |sous |dans |pendant )?combien (?:de )?(?:temps|jours|semaines|mois|heures|d'\w+) (?:dure|durent|"
        r"prend|prennent|"
        r"faut il|est ce que|puis je|peut on|ai je pour|a t on|est|avant|apres|pour|met|mettent)\b",
        rf"^(?:quel|quelle|quels|quelles) (?:est|sont) (?:le|la|les|l'|votre|vos) ?(?:\w+ ){{0,2}}{TERMS}\b",
        rf"^(?:quel|quelle|quels|quelles) (?:\w+ )?{TERMS}\b|^sous quel delai\b|^dans quel delai\b",
        r"^que (?:signifie|veut dire|couvre|se passe t il|comprend|faire si|devient)\b|^qu'est ce (?:qu'un|qu'une|"
        r"que la garantie)\b",
        r"^qui (?:paie|paye|peut|doit|prend en charge)\b|^pourquoi (?:faut il|est ce que (?:les?|la|vous)|le|la|les)\b",
        r"^(?:a partir de quand|jusqu'a quand|quand|a quelle heure|quels jours) (?:ouvrez|fermez|etes|est|puis je|"
        r"peut on)\b",
        r"^(?:le|la|les|l'\w+) (?:\w+ ){0,5}(?:est|sont) (?:il|elle|ils|elles) (?:gratuit\w*|inclus\w*|compris\w*|"
        r"possible\w*|"
        r"obligatoire\w*|couvert\w*|remboursable\w*|autorise\w*|compatible\w*|\w+able\w*|\w+ible\w*)\b",
    ),
    price=pattern(r"\b(?:prix|tarif\w*|coute|coutent|cout|couts|combien coute\w*|frais|taux de change|cher|chere)\b"),
    person=pattern(
        r"\b(?:parler|discuter|echanger|joindre|contacter|entrer en contact) (?:avec |a )?(?:un|une|quelqu'un|vos|"
        r"l'un)\b"
        r"(?: vrai| vraie| etre)?(?: (?:humain|humaine|personne|conseiller\w*|agent|operateur|collegue|"
        r"interlocuteur))?$",
        r"\b(?:un|une) (?:vrai |vraie )?(?:humain|humaine|conseiller|conseillere|operateur)\b|\bune vraie personne\b",
    ),
)
