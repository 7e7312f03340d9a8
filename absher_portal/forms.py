from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """A form field is drawn in one place only."""

    field_template_name = "django/forms/field.html"
