"""Near-copies on the Map page: looked for once, a threshold that answers at once, rows that go are selected."""

import numpy as np

from core.near_copies import near_copies
from tests.app_script import button, do, empty_store, open_page, open_rows, said, the_study


def test_a_threshold_says_what_goes_and_selects_it(tmp_path, monkeypatch):
    store = empty_store(tmp_path / "home", monkeypatch)
    rng = np.random.default_rng(2)
    vectors = np.repeat(rng.standard_normal((12, 6)), 5, axis=0) + rng.standard_normal((60, 6)) * 0.15
    rows = [{"id": f"r{i}", "text": f"<b>row</b> {i}"} for i in range(60)]
    open_rows(store, tmp_path / "rows.jsonl", rows, vectors)
    page = open_page("2_Map")
    page = next(each for each in page.selectbox if each.label == "Map").set_value("pca").run()
    button(page, "Look for near-copies among 60 rows").click().run()
    do(store, "near_copies")
    page = page.run()
    study = the_study(store)
    found = near_copies(study)
    for threshold in (0.95, 0.9, 1.0):
        page = next(each for each in page.slider if "near-copies" in each.label).set_value(threshold).run()
        assert not page.exception
        groups = found.at(threshold)
        if threshold == 1.0:
            assert "No two rows are as near as 1.000." in said(page)
            continue
        assert f"**{len(groups.grouped)} rows** in **{len(groups.sizes)} groups**" in said(page)
        inside, outside = found.border(threshold)
        shown = [each.value for each in page.code]
        for a, b, _ in [*inside, *outside]:
            assert f"<b>row</b> {a}" in shown
            assert f"<b>row</b> {b}" in shown
    page = next(each for each in page.slider if "near-copies" in each.label).set_value(0.9).run()
    page = button(page, "Select the rows that would go").click().run()
    gone = found.at(0.9).surplus()
    assert f"**{len(gone)} rows selected**" in said(page)
    assert "near-copies of another row (cosine 0.900)" in said(page).replace("\\", "")
