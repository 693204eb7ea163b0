"""Words that may stand for each other in most sentences, and words that may be left out: what rewording goes by.

Small lists on purpose, of what is frequent in instructions and answers. Forms are listed as they are, since nothing
here inflects.
"""

_GROUPS = """
make create build · makes creates builds · making creating building · made created built · write compose draft
writing composing drafting · list enumerate · explain describe clarify · explains describes clarifies
give provide supply · gives provides supplies · given provided supplied · giving providing supplying
show display present · shows displays presents · find identify determine · finds identifies determines · use employ
using employing · uses employs · used employed · help assist aid · helps assists aids · helping assisting aiding
change alter modify · changes alters modifies · choose select pick · need require · needs requires · begin start
begins starts · end finish · keep retain · keeps retains · get obtain · allow permit · allows permits · ensure guarantee
improve enhance · improves enhances · reduce decrease lower · increase raise · compute calculate · large big
larger bigger · largest biggest · small little · quick fast rapid · quickly rapidly fast · important essential vital
good fine · hard difficult · easy simple · simply merely · main chief principal · many numerous · several various
often frequently · usually typically normally · about around roughly · also too · however though · therefore thus hence
because since · while whereas · each every · every each · enough sufficient · whole entire · common frequent widespread
idea concept notion · way method · ways methods · answer reply response · answers replies responses · question query
questions queries · example instance · examples instances · kind sort type · kinds sorts types · part portion
parts portions · person individual · people persons · task job · tasks jobs · text passage · story tale
sentence phrase · benefit advantage · benefits advantages · problem issue · problems issues · result outcome
results outcomes · between among · within inside · below beneath · above over · following subsequent
schreibe verfasse · erkläre erläutere beschreibe · gib nenne · finde suche · wichtig wesentlich · groß riesig
klein gering · oft häufig · auch ebenfalls · jedoch aber · beispiel muster · frage anfrage · aufgabe auftrag
escribe redacta · explica describe aclara · crea haz elabora · importante esencial · grande enorme · también además
ejemplo muestra · pregunta cuestión · écris rédige · explique décris · crée fais · important essentiel
aussi également · exemple modèle · souvent fréquemment
如何 怎样 怎么 · 请 麻烦 · 编写 撰写 · 写 编 · 描述 说明 · 解释 阐述 · 提供 给出 · 使用 采用 运用 · 重要 关键
帮助 协助 · 列出 罗列 · 方法 办法 方式 · 例子 示例 · 问题 疑问 · 创建 建立 · 分析 剖析 · 比较 对比 · 简单 简易
因此 所以 · 但是 不过
"""
SYNONYMS: dict[str, tuple[str, ...]] = {}  # each word and those that may stand for it
for _group in _GROUPS.replace("\n", "·").split("·"):
    for _word in _group.split():
        SYNONYMS.setdefault(_word, tuple(other for other in _group.split() if other != _word))

# Of seven languages; in Chinese the signs that join others.
_LIGHT = """
the a an that just also very really please then so quite
der die das ein eine einen auch sehr bitte dann nun doch · el los las un una muy también entonces · le les une très
aussi donc · gli molto anche poi · um uma muito também · 的 了
"""
LIGHT = frozenset(_LIGHT.replace("·", "").split())
