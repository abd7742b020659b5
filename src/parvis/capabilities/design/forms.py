"""Makes every Django form accessible by default: `settings.FORM_RENDERER` names this class.

`design` stands before `django.forms` in INSTALLED_APPS, so that its widget templates win.
"""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    form_template_name = "design/forms/form.html"
    formset_template_name = "design/forms/formset.html"
    field_template_name = "design/forms/field.html"
