from django.apps import AppConfig


class TabulationConfig(AppConfig):
    name = "tabulation"
    default_auto_field = "django.db.models.BigAutoField"
