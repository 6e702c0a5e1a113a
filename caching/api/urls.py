"""REST URLs of cached answers."""

from django.urls import path

from caching.api import views

urlpatterns = [
    path("cache/", views.CachedAnswers.as_view()),
    path("cache/flush/", views.FlushCache.as_view()),
    path("cache/<uuid:entry_id>/", views.OneCachedAnswer.as_view()),
    path("cache/<uuid:entry_id>/verdict/", views.CacheVerdict.as_view()),
]
