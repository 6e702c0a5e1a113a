"""Write the word lists of `language/data/wordnet/` from a WordNet 3.0 folder (Debian: wordnet-base).

Run: `python -m benchmarks cache_lexicon /usr/share/wordnet`. Words are kept as English Snowball
stems, so that looking one up needs no lemmatiser. Only the first senses count: a word's rare
meanings would make half the dictionary synonymous. `words.txt` holds all words that are no names, and
`irregular.txt` the forms that no rule makes ("bought buy").
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import snowballstemmer

TARGET = Path(__file__).resolve().parent.parent / "caching" / "language"
PARTS = ("noun", "verb", "adj", "adv")
MAX_SENSE = {"noun": 2, "verb": 3, "adj": 2, "adv": 2}
stem = snowballstemmer.stemmer("english").stemWord


def senses(folder: Path, part: str) -> dict[tuple[str, str], int]:
    """The rank (1 is commonest) of each (lemma, synset offset)."""
    ranks = {}
    for line in (folder / f"index.{part}").read_text().splitlines():
        if line.startswith(" "):
            continue
        fields = line.split()
        offsets = fields[-int(fields[2]) :]
        ranks.update({(fields[0], offset): rank for rank, offset in enumerate(offsets, start=1)})
    return ranks


def synsets(folder: Path, part: str) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """(offset, lemmas, pointers) of each synset; a pointer is [symbol, offset, part, from/to]."""
    for line in (folder / f"data.{part}").read_text().splitlines():
        if line.startswith(" "):
            continue
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        lemmas = [fields[4 + 2 * i].split("(")[0].lower() for i in range(count)]
        rest = fields[4 + 2 * count :]
        pointers = [rest[1 + 4 * i : 5 + 4 * i] for i in range(int(rest[0]))]
        yield fields[0], lemmas, pointers


def plain(word: str) -> bool:
    return word.isalpha() and word.isascii() and len(word) > 1


def write_words(folder: Path) -> None:
    known = {lemma for part in PARTS for lemma in lemmas_as_written(folder, part) if plain(lemma) and lemma.islower()}
    pairs = {tuple(line.split()[:2]) for part in PARTS for line in (folder / f"{part}.exc").read_text().splitlines()}
    irregular = sorted((form, base) for form, base in pairs if plain(form) and base in known and form != base)
    (TARGET / "words.txt").write_text("\n".join(sorted(known)) + "\n")
    (TARGET / "irregular.txt").write_text("\n".join(f"{form} {base}" for form, base in irregular) + "\n")


def lemmas_as_written(folder: Path, part: str) -> Iterator[str]:
    """With their capitals, as the index has them not."""
    for line in (folder / f"data.{part}").read_text().splitlines():
        if not line.startswith(" "):
            fields = line.split(" | ")[0].split(" ")
            yield from (fields[4 + 2 * i].split("(")[0] for i in range(int(fields[3], 16)))


def main(folder: Path) -> None:
    write_words(folder)
    antonyms, groups = set(), set()
    for part in PARTS:
        ranks = senses(folder, part)
        members = {offset: lemmas for offset, lemmas, _ in synsets(folder, part)}
        for offset, lemmas, pointers in synsets(folder, part):
            common = {stem(w) for w in lemmas if plain(w) and ranks.get((w, offset), 99) <= MAX_SENSE[part]}
            if 2 <= len(common) <= 8:
                groups.add(" ".join(sorted(common)))
            for symbol, other, kind, ends in pointers:
                if symbol != "!" or kind not in {part[0], "s"} or other not in members:
                    continue
                left, right = lemmas[int(ends[:2], 16) - 1], members[other][int(ends[2:], 16) - 1]
                if plain(left) and plain(right) and stem(left) != stem(right):
                    antonyms.add(" ".join(sorted((stem(left), stem(right)))))
    TARGET.mkdir(exist_ok=True)
    (TARGET / "antonyms.txt").write_text("\n".join(sorted(antonyms)) + "\n")
    (TARGET / "synonyms.txt").write_text("\n".join(sorted(groups)) + "\n")
    print(f"{len(antonyms)} antonym pairs, {len(groups)} groups of synonyms")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
