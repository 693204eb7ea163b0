"""Words that name no subject: function words of seven languages, and the signs of Chinese that only join others."""

_ENGLISH = """
a about above after again all almost already also always am an and another any are around as at away back be because
become becomes been before being below between both but by came can come comes could did do does doing don down during
each else enough especially even every everything far few first for found four from further get give given go goes going
gone good got great had has have having he her here hers him his how however if in instead into is it its itself just
keep last later least less let like little long look made make makes many may me might more most much must my need never
next no nor not nothing now of off often old on once one only or other our ours out over own per please put quite rather
really said same say says second several she should since so some soon still such take takes tell than that the their
theirs them then there these they thing things think third this those three through times to together too took toward
two under until up upon us use used using usually very want was way we well went were what when where whether which
while who whom whose why will with within without work works would yes yet you your yours
"""
_GERMAN = """
aber alle allein allem allen aller alles als also am an auch auf aus bei beim bereits besser bin bis bist bitte da dabei
dafür damit dann das dass dein deine dem den denn der deren des deshalb dessen die dies diese diesem diesen dieser
dieses doch dort drei du durch eher ein eine einem einen einer eines einfach er erst es etwa etwas euch für ganz gar
gegen gibt gut hab habe haben hat hatte heisst heißt hier ich ihm ihn ihr ihre ihrem ihren ihrer im immer in ins ist ja
jede jedem jeden jeder jedes jetzt kann kannst kein keine keinen können könnte könnten lieber lässt macht man mehr mein
meine meinem meinen meiner meist mich mir mit muss müssen nach nicht nie nimm noch nun nur ob oder oft ohne sagt schon
sehr sein seine seinem seinen seiner sich sie sind so sogar soll sollte sollten sondern steht um und uns unser unsere
unter viel viele vom von vor wann war waren warum was weil welche welcher welches weniger wenn wer werden wie wieder wir
wird wirklich wirst wo wurde wurden würde zu zum zur zwei zwischen über
"""
_SPANISH = """
ahora al algo algunos ante antes aquí así aunque bien cada como con contra cosa cosas cual cuando cuál cuándo cómo dar
de decir del desde después dice dije donde dos durante dónde el ella ellas ellos en entonces entre era eran es esa esas
ese eso esos esta estas este esto estos está están fue fueron ha hace hacer han has hasta hay la las le les lo los luego
me mejor menos mi mientras mis mismo mucho muy más nada ni no nos nosotros nunca o otra otras otro otros para pero poco
por porque porqué primero puede pueden puedo pues que quien quién qué se sea ser si siempre sin sobre solo son soy su
sus sí sólo tal también tan tanto te tiene tienen todo todos tres tu tus un una unas uno unos usted y ya yo él
"""
_FRENCH = """
au aux avec ce ces cet cette comme dans de des donc du elle elles en est et eux il ils je la le les leur leurs lui mais
me mes moi mon même ne nos notre nous on ont ou où par pas peut plus pour qu que quel quelle qui sa sans se ses si son
sont sous sur ta te tes toi ton tous tout très tu un une vos votre vous été être
"""
_ITALIAN = """
agli alla alle anche che chi ci come con cosa cui da dal dalla degli dei del della delle di dove e ed essere gli ha
hanno ho i il in io la le lei lo loro lui ma mi molto ne nei nel nella non o per perché più può quale quando quello
questa questo se si sono su sua sul sulla suo tra tu un una uno vi è
"""
_PORTUGUESE = """
ao aos as até com como da das de dela dele do dos e ela ele em entre era essa esse esta este está eu foi for há isso
isto já mais mas me mesmo meu minha muito na nas nem no nos não o os ou para pela pelo pode por porque qual quando que
quem se sem ser seu sua são só também te tem um uma você é
"""
# Pairs of signs, since that is how Chinese is counted.
_CHINESE = """
一下 一个 一些 一样 一种 一般 不同 不是 为了 主要 之间 什么 他们 以下 以及 任何 使用 例如 其中 其他 包括 可以 可能
各种 同时 因为 因此 多少 如何 如果 它们 对于 就是 已经 帮助 并且 应该 怎么 我们 或者 所以 所有 提供 没有 然后 用于
由于 给出 能够 自己 许多 起来 还是 还有 这个 这些 进行 通过 那些 重要 需要 非常
"""
STOP_WORDS = frozenset(" ".join((_ENGLISH, _GERMAN, _SPANISH, _FRENCH, _ITALIAN, _PORTUGUESE, _CHINESE)).split())
# A run of signs is cut at these, and at the Japanese syllables that inflect words and join them.
STOP_SIGNS = "的了是在和与被把吗呢吧我你您他她它们这那么且但请个些很着\u3040-\u309f"
