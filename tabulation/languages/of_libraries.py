"""Texts of Django and its libraries that stand on our pages, for `makemessages` to find.

Nobody imports this module. Django has no Filipino and half of the Armenian, django-allauth has
neither: what is translated in our catalogue is taken before theirs. A text of theirs that begins
to be shown is added here as it stands there, to the letter.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext, pgettext

# django.forms and django.core.validators: what is wrong with a field
_("This field is required.")
_("Enter a whole number.")
_("Enter a valid value.")
_("Enter a valid date/time.")
_("Null characters are not allowed.")
_("Select a valid choice. %(value)s is not one of the available choices.")
_("Select a valid choice. That choice is not one of the available choices.")
_("Ensure this value is less than or equal to %(limit_value)s.")
_("Ensure this value is greater than or equal to %(limit_value)s.")
ngettext(
    "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
    "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
    2,
)

# django.contrib.auth: user names and passwords
_("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.")
ngettext(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
    2,
)
ngettext(
    "Your password must contain at least %(min_length)d character.",
    "Your password must contain at least %(min_length)d characters.",
    2,
)
_("The password is too similar to the %(verbose_name)s.")
_("Your password can’t be too similar to your other personal information.")
_("username")
_("first name")
_("last name")
_("email address")
_("This password is too common.")
_("Your password can’t be a commonly used password.")
_("This password is entirely numeric.")
_("Your password can’t be entirely numeric.")

# allauth.account and allauth.mfa: the sign-in
_("The username and/or password you specified are not correct.")
_("Too many failed login attempts. Try again later.")
_("This account is currently inactive.")
_("Incorrect password.")
_("Incorrect code.")
_("Be patient, you are sending too many requests.")
_("Use your password")
_("Use authenticator app or code")
_("Use a security key")

# django.utils.dates: months and days of the week. Beside a day: "alt. month".
_("January")
_("February")
_("March")
_("April")
_("May")
_("June")
_("July")
_("August")
_("September")
_("October")
_("November")
_("December")
_("jan")
_("feb")
_("mar")
_("apr")
_("may")
_("jun")
_("jul")
_("aug")
_("sep")
_("oct")
_("nov")
_("dec")
pgettext("alt. month", "January")
pgettext("alt. month", "February")
pgettext("alt. month", "March")
pgettext("alt. month", "April")
pgettext("alt. month", "May")
pgettext("alt. month", "June")
pgettext("alt. month", "July")
pgettext("alt. month", "August")
pgettext("alt. month", "September")
pgettext("alt. month", "October")
pgettext("alt. month", "November")
pgettext("alt. month", "December")
_("Monday")
_("Tuesday")
_("Wednesday")
_("Thursday")
_("Friday")
_("Saturday")
_("Sunday")
