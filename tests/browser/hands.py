"""Setting the controls of a page quickly: what is set stays set once the page is drawn anew.

put(here, {"Seed": "3", "Rows": "40"})   # typed, one after the other, with one wait at the end
take(here, "Map", "PCA")                 # chosen from a list
"""

import re
from collections.abc import Mapping

from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.conftest import LONG, MOMENT, rest

_SOON = 15_000  # milliseconds that a list may take to open before it is opened again
_TRIES = 4


def box(place: Locator, label: str) -> Locator:
    """The field of a list to choose from."""
    return place.get_by_role("combobox", name=label, exact=True).locator("visible=true").first


def field(place: Locator, label: str) -> Locator:
    """What a number or a text is typed into."""
    inside = place.locator('[data-testid="stNumberInput"], [data-testid="stTextInput"], [data-testid="stTextArea"]')
    return inside.get_by_label(label, exact=True).locator("visible=true").first


def put(place: Locator, values: Mapping[str, str], *, send: str = "Enter") -> None:
    """Type these values into the fields of those labels; each is still there when the page has been drawn anew.

    `send` is the key by which a field sends its value: Tab in a form, which Enter would send off.
    """
    left = dict(values)
    for _ in range(_TRIES):
        for label, value in left.items():
            found = field(place, label)
            found.fill(value)
            found.press(send)
        calm(place.page)
        # What is typed into a field that is just being replaced is gone with it.
        left = {label: value for label, value in left.items() if field(place, label).input_value() != value}
        if not left:
            return
    for label, value in left.items():
        expect(field(place, label)).to_have_value(value)


def take(place: Locator, label: str, option: str) -> None:
    """Choose from the list of that label what begins so."""
    _take(place, label, option)
    calm(place.page)
    expect(box(place, label)).to_have_value(re.compile(f"^\u2068?{re.escape(option)}"))


def take_several(place: Locator, label: str, *options: str) -> None:
    """Choose these beside what is chosen from that list already."""
    for option in options:
        _take(place, label, option)
    place.page.keyboard.press("Escape")
    calm(place.page)
    whole = box(place, label).locator("xpath=ancestor::*[@data-testid='stMultiSelect']")
    for option in options:
        expect(whole).to_contain_text(option)


def drop_last(place: Locator, label: str) -> None:
    """Take back what was chosen last from that list of several."""
    box(place, label).press("Backspace")
    place.page.keyboard.press("Escape")
    calm(place.page)


def _click(found: Locator) -> None:
    """Click the first that is seen, at one go: while a mouse is held down the page may be drawn anew."""
    found.locator("visible=true").first.evaluate("element => element.click()")


def _take(place: Locator, label: str, option: str) -> None:
    page = place.page
    for left in reversed(range(_TRIES)):
        calm(page)
        try:
            found = box(place, label)
            found.evaluate("box => box.scrollIntoView({block: 'center'})", timeout=_SOON)  # so that its list has room
            found.click(timeout=_SOON)
            page.get_by_role("option").first.wait_for(timeout=_SOON)
            found.fill(option, timeout=_SOON)
            page.get_by_role("option", name=option).first.click(timeout=_SOON)
        except Error:  # a page that is drawn anew closes the list
            if not left:
                raise
            page.keyboard.press("Escape")
        else:
            return


def press(place: Locator, name: str, *, whole: bool = False) -> None:
    """Press the button whose words begin so, or are these, and wait for what it begins."""
    calm(place.page)
    words = re.compile(f"^{re.escape(name)}{'$' if whole else ''}")
    _click(place.get_by_role("button", name=words, disabled=False))
    rest(place.page)


def save(place: Locator, name: str) -> bytes:
    """Press the button whose words begin so; returns the file that it gives."""
    calm(place.page)
    button = place.get_by_test_id("stDownloadButton").get_by_role("button", name=re.compile(f"^{re.escape(name)}"))
    with place.page.expect_download(timeout=LONG) as found:
        _click(button)
    content = found.value.path().read_bytes()
    assert content, name
    return content


def choose(place: Locator, *names: str) -> None:
    """Set radios, segments and pills of those names, one after the other."""
    for name in names:
        group = place.get_by_role("radiogroup").locator("visible=true")
        _click(group.get_by_text(name, exact=True))
        calm(place.page)
        expect(group.get_by_role("radio", name=re.compile(f"^{re.escape(name)}")).first).to_be_checked()


def turn(place: Locator, *names: str) -> None:
    """Turn check boxes and toggles whose labels begin so over."""
    for name in names:
        whole = place.get_by_test_id("stCheckbox").filter(has_text=name).locator("visible=true").first
        wanted = not whole.locator("input").is_checked()
        for _ in range(_TRIES):
            whole.locator("label").first.click()
            calm(place.page)
            if whole.locator("input").is_checked() == wanted:
                break
        expect(whole.locator("input")).to_be_checked(checked=wanted)


def unfold(place: Locator, *titles: str) -> None:
    """Open those boxes that are folded away."""
    for title in titles:
        calm(place.page)
        whole = place.get_by_test_id("stExpander").filter(has=place.page.locator("summary", has_text=title))
        folded = whole.locator("details:not([open]) > summary").filter(has_text=title).locator("visible=true")
        if folded.count():
            _click(folded)
    calm(place.page)


def give(place: Locator, label: str, name: str, content: bytes) -> None:
    """Put a file into the uploader of that label."""
    found = place.get_by_test_id("stFileUploader").filter(has_text=label).locator("visible=true").first
    found.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "", "buffer": content})
    calm(place.page)


def tab(place: Locator, name: str) -> None:
    """To the tab of that name."""
    place.get_by_role("tab", name=name, exact=True).locator("visible=true").first.click()
    calm(place.page)


def opened(place: Locator, name: str) -> Locator:
    """Open what a button of that name holds, and return it."""
    calm(place.page)
    place.get_by_test_id("stPopoverButton").filter(has_text=name).locator("visible=true").first.click()
    inside = place.page.get_by_test_id("stPopoverBody")
    inside.wait_for()
    calm(place.page)
    return inside


def close(inside: Locator) -> None:
    """Close what a button holds: the first click elsewhere would do no more than that."""
    if inside.count():
        inside.page.keyboard.press("Escape")
        inside.wait_for(state="detached")


def slide(place: Locator, label: str, key: str = "ArrowRight") -> None:
    """Move the slider of that label, by a step to the right if nothing else is said."""
    slider = place.get_by_test_id("stSlider").filter(has_text=label).get_by_role("slider").first
    before = slider.get_attribute("aria-valuenow") or slider.input_value()
    slider.press(key)
    place.page.wait_for_timeout(250)  # its value goes out a moment later
    calm(place.page)
    assert (slider.get_attribute("aria-valuenow") or slider.input_value()) != before


def tick(place: Locator, key: str, row: int = 0) -> None:
    """Tick a row, counted from 0, of the table whose key begins so."""
    _click_in(place, key, 15, row)
    calm(place.page)


def write(place: Locator, key: str, value: str, *, x: int, row: int = 0) -> None:
    """Type a value into the cell `x` pixels from the left in a row, counted from 0, of the table of such a key."""
    _click_in(place, key, x, row)
    place.page.keyboard.type(value)
    place.page.keyboard.press("Enter")
    calm(place.page)


def _click_in(place: Locator, key: str, x: int, row: int) -> None:
    table = place.locator(f'[class*="st-key-{key.replace(" ", "-")}"]').get_by_test_id("stDataFrame")
    table.locator("visible=true").first.scroll_into_view_if_needed()
    table.locator("visible=true").first.click(position={"x": x, "y": 52 + 35 * row})


def calm(page: Page) -> None:
    """Wait until nothing is about to be drawn anew."""
    rest(page, MOMENT)
