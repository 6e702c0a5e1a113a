"""REST URLs of articles, search and open questions."""

from django.urls import path

from knowledge import views
from knowledge.articles.files.views import ArticleFiles, OneArticleFile
from knowledge.imports.views import Imports, OneImport

urlpatterns = [
    path("articles/", views.Articles.as_view()),
    path("articles/imports/", Imports.as_view()),
    path("articles/imports/<uuid:import_id>/", OneImport.as_view()),
    path("articles/import/", views.ImportArticles.as_view()),
    path("articles/<uuid:article_id>/", views.OneArticle.as_view()),
    path("articles/<uuid:article_id>/check/", views.CheckArticle.as_view()),
    path("articles/<uuid:article_id>/files/", ArticleFiles.as_view()),
    path("articles/<uuid:article_id>/files/<uuid:file_id>/", OneArticleFile.as_view()),
    path("articles/<uuid:article_id>/publish/", views.PublishArticle.as_view()),
    path("articles/<uuid:article_id>/unpublish/", views.UnpublishArticle.as_view()),
    path("articles/<uuid:article_id>/revisions/", views.Revisions.as_view()),
    path("search/", views.Search.as_view()),
    path("gaps/", views.Gaps.as_view()),
    path("gaps/<uuid:gap_id>/", views.OneGap.as_view()),
]
