"""Going through all controls that a page shows, as somebody would who tries everything once.

What is typed and chosen is anything: a page may refuse it in a sentence, and must not fail. Work that a button begins
is cancelled.
"""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Error, Locator, Page

from tests.browser.conftest import LONG, STEP, rest

_VALUES = "stCheckbox stNumberInput stTextInput stTextArea stSlider stSelectbox stMultiSelect stFileUploader"
_EVERY = ("Find by", "Rule", "Scored by", "Text to embed")  # boxes each of whose options brings other controls
_MOST = 300  # steps on one page: what takes more goes round in a circle
_TRIES = 3
_SOON = 8000  # milliseconds that an element may take to be acted on; it was there just now
# The first thing in that place that can be seen and used and was not tried. It is marked. By its name it is known again
# after a rerun: the key that the page gave it and its words, without what other values of the page change in them.
_NEXT = """([what, place, known]) => {
    const seen = e => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden' && !e.closest('[inert]');
    const plain = words => words.replace(/[0-9a-f]{6,}|[0-9]+/g, '').trim().slice(0, 80);
    const base = e => {
        const key = [...(e.closest('[class*="st-key-"]')?.classList ?? [])].find(name => name.startsWith('st-key-'));
        const label = e.querySelector('[data-testid="stWidgetLabel"]') ?? e;
        return `${plain(key ?? '')}|${plain(label.textContent)}`;
    };
    const off = e => e.matches(':disabled, [aria-disabled="true"]')
        || e.querySelector(':disabled, [aria-disabled="true"]') || e.closest('[data-stale="true"]');
    const taken = e => ['true'].includes(e.getAttribute('aria-checked') ?? e.getAttribute('aria-selected'))
        || e.querySelector('input:checked');
    const depth = e => { let n = 0; while (e = e.parentElement?.closest('[data-testid="stTabs"]')) n++; return n; };
    const ids = words => words.split(' ').map(id => `[data-testid="${id}"]`).join();
    const root = document.querySelector('[data-testid="stPopoverBody"]')
        ?? document.querySelector(`[data-testid="${place}"]`);
    const all = selector => [...root.querySelectorAll(selector)].filter(seen);
    const way = {
        values: () => all(ids('%VALUES%')).map(e => [e, base(e)]),
        options: () => all(`${ids('stRadio stButtonGroup')}`).flatMap(group =>
            [...group.querySelectorAll('button, [data-testid="stRadioOption"], label:has(input)')]
                .filter(e => !taken(e)).map(e => [e, `${base(group)}=${plain(e.textContent)}`])),
        submits: () => all(`${ids('stFormSubmitButton')} button`).map(e => [e, base(e)]),
        buttons: () => all(`:is(${ids('stButton stDownloadButton')}) button`).map(e => [e, base(e)]),
        popovers: () => all(ids('stPopoverButton')).map(e => [e, `popover ${base(e)}`]),
        tabs: () => all('[role="tab"]').sort((a, b) => depth(b) - depth(a))
            .map(e => [e, `tab ${plain(e.textContent)}`]),
    };
    document.querySelectorAll('[data-next]').forEach(e => e.removeAttribute('data-next'));
    if (known === null) return way[what]().map(each => each[1]);
    const found = way[what]().find(([e, name]) => !known.includes(name) && !off(e));
    found?.[0].setAttribute('data-next', '');
    return found ? [found[0].dataset.testid ?? '', found[1]] : null;
}""".replace("%VALUES%", _VALUES)
# Nothing runs, nothing is old, and nothing was added or taken away for a moment: what unfolds is drawn bit by bit.
_QUIET = """moment => {
    const app = document.querySelector('[data-testid="stApp"]');
    const size = document.querySelectorAll('*').length;
    const busy = app?.dataset.testScriptState !== 'notRunning' || document.querySelector('[data-stale="true"]')
        || document.querySelector('[data-testid="stSpinner"], [data-testid="stSkeleton"]') || size !== window.quietSize;
    const now = performance.now();
    window.quietSize = size;
    window.quietSince = busy ? undefined : window.quietSince ?? now;
    return !busy && now - window.quietSince >= moment;
}"""
# What a page says where it failed.
_WRONG = """() => [...document.querySelectorAll('[data-testid="stException"], [data-testid="stAlert"]')]
    .filter(e => e.dataset.testid === 'stException' || e.textContent.includes('This is a fault of Gamut'))
    .map(e => e.textContent.slice(0, 500))"""
_UNFOLD = """place => document.querySelectorAll(`[data-testid="${place}"] details:not([open]) > summary`)
    .forEach(e => e.click())"""
FILES = {
    ".npy": b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }",
    ".yaml": b"version: 1\nsteps: []\n",
}


@dataclass
class Sweep:
    """One page that is gone through.

    Attributes:
        place: the test id of the part of it.
        prepare: what brings the page to where the sweep begins, after it was loaded.
        unpressed: what begins a button that is not to be pressed.
        known: what was tried, of this page and of those before it.
    """

    page: Page
    place: str = "stMain"
    prepare: Callable[[Page], None] = lambda page: None
    unpressed: tuple[str, ...] = ()
    known: set[str] = field(default_factory=set)
    pressing: bool = False
    start: str = ""
    first: set[str] = field(default_factory=set)
    popover: str = ""  # the one that is open
    steps: int = 0
    closed: int = 0  # lists that closed before an option was taken

    def run(self, address: str) -> None:
        """Set all values, with the buttons that these bring; then, on the page as it was, press all buttons."""
        for self.pressing in (False, True):
            self.start = address
            while self._round():
                pass

    def _round(self) -> bool:
        """Load the page and try all that is left; whether something was, which may have hidden the rest."""
        self._load()
        before = len(self._tried())
        while self._step():
            self.steps += 1
            assert self.steps < _MOST, f"{self.start} goes round in a circle: {sorted(self.known)}"
            self._check()
        return len(self._tried()) > before and self.page.url != self.start

    def _tried(self) -> set[str]:
        return {name for name in self.known if not name.startswith(("tab ", "popover "))}

    def _load(self) -> None:
        self.known = self._tried()
        self.page.goto(self.start)
        self.page.get_by_role("heading", level=1).first.wait_for()
        rest(self.page)
        self.prepare(self.page)
        self.start = self.page.url
        self._look()

    def _look(self) -> None:
        """Unfold all; buttons that are there before anything is set are left until the others are done."""
        self.page.evaluate(_UNFOLD, self.place)
        quiet(self.page)
        self.first |= set(self.page.evaluate(_NEXT, ["buttons", self.place, None]))

    def _step(self) -> bool:
        """Try the next thing; False where nothing is left."""
        return any(kind() for kind in self._kinds())

    def _kinds(self) -> Iterator[Callable[[], bool]]:
        here = (self._buttons,) if self.pressing else (self._values, self._new_buttons, self._submits, self._options)
        yield from (*here, lambda: self._waited(here), self._popovers, self._tabs)

    def _waited(self, here: tuple[Callable[[], bool], ...]) -> bool:
        """Nothing was left here: look again after a longer rest, as a page may pause between two runs of its script."""
        quiet(self.page, 600)
        return any(kind() for kind in here)

    def _find(self, what: str, without: Set[str] = frozenset()) -> tuple[str, str] | None:
        found = self.page.evaluate(_NEXT, [what, self.place, sorted(self.known | without)])
        return (str(found[0]), str(found[1])) if found else None

    def _act(self, name: str, act: Callable[[Locator], object]) -> bool:
        """Do that with what is marked. Where it has just been drawn anew, it is found again later."""
        self.known.add(name)
        control = self.page.locator("[data-next]")
        for left in reversed(range(_TRIES)):
            try:
                act(control)
                break
            except Error as error:  # a list, say, that a page which is drawn anew has closed
                quiet(self.page)
                if not control.count():
                    self.known.discard(name)
                    break
                if not left:
                    raise AssertionError(f"{name} cannot be used: {error.message[:1500]}") from error
        quiet(self.page)
        return True

    def _values(self) -> bool:
        found = self._find("values")
        if found is None:
            return False
        kind, name = found
        if kind == "stSelectbox" and name.partition("|")[2].startswith(_EVERY):
            return self._every_option(name)
        return self._act(name, lambda control: _try(self.page, kind, control))

    def _every_option(self, name: str) -> bool:
        """One option more of that box, which is known when all of them are.

        Where a page that is drawn anew has closed the list, the box is found again by the next step.
        """
        box = self.page.locator("[data-next] input").first
        try:
            box.evaluate("box => box.scrollIntoView({block: 'center'})")  # so that there is room for the list
            box.press("ArrowDown", timeout=_SOON)
            self.page.get_by_role("option").first.wait_for(timeout=_SOON)
            words = self.page.get_by_role("option").all_inner_texts()
            left = [each for each in words if f"{name}={each}" not in self.known]
            if left:
                self.page.get_by_role("option").nth(words.index(left[-1])).click(timeout=_SOON)
            else:
                self.page.keyboard.press("Escape")
            self.known.add(f"{name}={left[-1]}" if left else name)
        except Error:
            self.closed += 1
            if self.closed > _TRIES:
                raise
            self.page.keyboard.press("Escape")
        quiet(self.page)
        return True

    def _options(self) -> bool:
        found = self._find("options")
        return found is not None and self._act(found[1], lambda control: control.click(timeout=_SOON))

    def _submits(self) -> bool:
        found = self._find("submits")
        return found is not None and self._act(found[1], self._press)

    def _new_buttons(self) -> bool:
        found = self._find("buttons", self.first)
        return found is not None and self._act(found[1], self._press)

    def _buttons(self) -> bool:
        found = self._find("buttons")
        return found is not None and self._act(found[1], self._press)

    def _press(self, button: Locator) -> None:
        words = button.inner_text()
        if words.strip().rpartition("\n")[2].startswith(self.unpressed or ("\0",)):
            return
        button.click(timeout=_SOON)
        quiet(self.page)
        self._check()
        self._cancel()
        if urlsplit(self.page.url).path != urlsplit(self.start).path:
            self._load()

    def _cancel(self) -> None:
        """Cancel what runs, and wait for the end of it."""
        running = self.page.get_by_role("button", name="Cancel", exact=True).locator("visible=true")
        while running.count():
            try:
                running.first.click(timeout=1000)
            except Error:  # the page was drawn anew, or the work has ended
                self.page.wait_for_timeout(200)
            quiet(self.page)

    def _popovers(self) -> bool:
        """Open the next one, or close the one in which nothing is left; one that closes by itself is opened again."""
        body = self.page.get_by_test_id("stPopoverBody")
        if body.count():
            if self._tabs():
                return True
            self.known.add(self.popover)
            self.page.keyboard.press("Escape")
            body.first.wait_for(state="detached")
            quiet(self.page)
            return True
        found = self._find("popovers")
        if found is None:
            return False
        self.popover = found[1]
        self._act(self.popover, lambda control: control.click(timeout=_SOON))
        self.known.discard(self.popover)
        body.first.wait_for()
        quiet(self.page)
        return True

    def _tabs(self) -> bool:
        found = self._find("tabs")
        if found is None:
            return False
        self._act(found[1], lambda control: control.click(timeout=_SOON))
        self._look()
        return True

    def _check(self) -> None:
        wrong = self.page.evaluate(_WRONG)
        assert not wrong, (self.page.url, wrong)
        self.page.evaluate(_UNFOLD, self.place)


def _try(page: Page, kind: str, control: Locator) -> None:
    leave = "Tab" if control.locator("xpath=ancestor::*[@data-testid='stForm']").count() else ""  # Enter sends a form
    enter = leave or "Enter"
    match kind:
        case "stCheckbox":
            control.locator("label").first.click(timeout=_SOON)
        case "stSlider":
            control.get_by_role("slider").first.press("ArrowRight", timeout=_SOON)
            page.wait_for_timeout(250)  # the value of a slider goes out a moment later
        case "stNumberInput":
            number = control.locator("input")
            value, most = number.input_value(timeout=_SOON), number.get_attribute("max", timeout=_SOON)
            number.press("ArrowDown" if most and value == most else "ArrowUp", timeout=_SOON)
            number.press(enter, timeout=_SOON)
        case "stTextInput" | "stTextArea":
            words = control.locator("input, textarea").first
            value, alerts = words.input_value(timeout=_SOON), page.get_by_test_id("stAlert").count()
            send = enter if kind == "stTextInput" else leave or "Control+Enter"
            words.press("End", timeout=_SOON)
            words.press("1", timeout=_SOON)
            words.press(send, timeout=_SOON)
            quiet(page)
            if page.get_by_test_id("stAlert").count() > alerts:  # a page may show nothing else until it is mended
                words.fill(value, timeout=_SOON)
                words.press(send, timeout=_SOON)
        case "stFileUploader":
            inside = control.locator('input[type="file"]')
            accepted = inside.get_attribute("accept", timeout=_SOON) or ".jsonl"
            ending = next((each for each in (".jsonl", ".json", ".csv", *FILES) if each in accepted), ".jsonl")
            content = FILES.get(ending, b'{"id": "0", "text": "a"}\n')
            inside.set_input_files({"name": f"x{ending}", "mimeType": "", "buffer": content}, timeout=_SOON)
            control.get_by_text(f"x{ending}").first.wait_for(timeout=STEP)
        case "stSelectbox" | "stMultiSelect":
            control.locator("input").first.press("ArrowDown", timeout=_SOON)
            options = page.get_by_role("option")
            options.first.wait_for(timeout=_SOON)
            other = page.locator('[role="option"][aria-selected="false"]')
            (other.last if other.count() else options.last).click(timeout=_SOON)
            page.keyboard.press("Escape")


def quiet(page: Page, moment: int = 200) -> None:
    """Wait until the script has come to its end and nothing on the page is old; what runs beside it may run on."""
    page.evaluate("() => { window.quietSince = undefined }")
    page.wait_for_function(_QUIET, arg=moment, polling=25, timeout=LONG)
