"""The login that stands before everything, where Streamlit's secrets name a provider; without one nothing changes.

Whatever is wrong with the secrets shows nothing rather than everything: Streamlit takes a file that it cannot read for
one that is not there.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitSecretNotFoundError

from core.errors import UserError
from core.members import VARIABLE, is_member, members

from .words import plain

# Streamlit ends a login on the front page. The tab itself keeps the link meanwhile, as a path of this server alone.
_KEEP = """<script>
  const link = location.pathname + location.search;
  if (!link.endsWith("/")) sessionStorage.setItem("gamut:link", link);  // else the front page, where logins end
</script>"""
_GO_ON = """<script>
  const link = sessionStorage.getItem("gamut:link");
  sessionStorage.removeItem("gamut:link");
  if (link && link !== location.pathname + location.search) location.replace(location.origin + link);
</script>"""
_READ_MORE = "docs/login.md says how a login is set up."


def passed() -> bool:
    """Whether the page may be drawn; where not, says so, or asks for the login.

    Raises:
        UserError: the login is set up in a way that cannot work.
    """
    allowed, providers = members(), _providers()
    if providers is None:
        if allowed:
            raise UserError(f"{VARIABLE} says who may log in, and no login is set up. {_READ_MORE}")
        return True
    user = st.user.to_dict()
    if user.get("is_logged_in") is not True:
        _ask(providers)
        return False
    if not is_member(user, allowed):
        _refuse(user)
        return False
    return True


def whoami() -> None:
    """Who is logged in, and the way out; nothing where no login is set up."""
    user = st.user.to_dict()
    if user.get("is_logged_in") is True:
        st.html(_GO_ON, unsafe_allow_javascript=True)
        st.caption(f"Logged in as {plain(_name(user), 60)}", help=plain(str(user.get("email") or "")) or None)
        st.button("Log out", icon=":material/logout:", type="tertiary", key="log out", on_click=st.logout)


def _providers() -> list[str] | None:
    """The providers that one can log in by, by name ("" for the only one); None where no login is set up."""
    if not any(Path(path).exists() for path in st.get_option("secrets.files")) and "is_logged_in" not in st.user:
        return None
    try:
        secrets = st.secrets.to_dict()
    except (StreamlitSecretNotFoundError, OSError, UnicodeDecodeError) as error:
        raise UserError(
            "The secrets of this server cannot be read, so that nobody can log in and nothing is shown. "
            f"Mend the file: {type(error).__name__}. {_READ_MORE}"
        ) from error
    if "auth" not in secrets:
        return None
    auth = secrets["auth"]
    if not isinstance(auth, Mapping) or not auth:
        raise UserError(f"[auth] in the secrets of this server is empty. {_READ_MORE}")
    named = [name for name, value in auth.items() if isinstance(value, Mapping) and name != "client_kwargs"]
    found = [*([""] if "client_id" in auth else []), *named]
    if not found:
        raise UserError(f"[auth] in the secrets of this server names no provider (client_id is missing). {_READ_MORE}")
    return found


def _ask(providers: list[str]) -> None:
    _screen("This server asks who you are before it shows anything.")
    st.html(_KEEP, unsafe_allow_javascript=True)
    if st.query_params:
        st.caption("After the login you come to the link that you followed.")
    for name in providers:
        label = f"Log in with {plain(name[:1].upper() + name[1:], 40)}" if name else "Log in"
        if st.button(label, icon=":material/login:", type="primary", key=f"log in:{name}"):
            try:
                st.login(name or None)
            except StreamlitAuthError as error:
                raise UserError(f"Nobody can log in yet. {error} {_READ_MORE}") from error


def _refuse(user: Mapping[str, Any]) -> None:
    _screen("")
    st.warning(
        f"{plain(_name(user), 100)} may not use this server. Ask whoever runs it, or log in as somebody else.",
        icon=":material/block:",
    )
    st.button("Log out", icon=":material/logout:", key="log out", on_click=st.logout)


def _screen(words: str) -> None:
    st.set_page_config(page_title="Gamut", page_icon=str(Path(__file__).with_name("icon.png")), layout="centered")
    st.title("Gamut", anchor=False)
    if words:
        st.caption(words)


def _name(user: Mapping[str, Any]) -> str:
    """What a person is called, as far as the provider says it."""
    return next((str(user[key]) for key in ("name", "email", "preferred_username", "sub") if user.get(key)), "somebody")
