"""Templates and words of the test texts. `«noun»` draws a word, `«3-90»` a number, `«_a=3-90»` draws and says nothing.

The words and their order are part of the golden inputs: a change changes every lexical golden value.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Language:
    templates: list[str]
    words: dict[str, list[str]]
    fixed: dict[str, str] = field(default_factory=dict)  # slots that are drawn before the template is


def listed(words: str, mark: str = " ") -> list[str]:
    return words.split(mark)


ENGLISH = Language(
    templates=[
        "Write a «adj» «noun» about «topic» for «aud», «limit».",
        "«Verb» the following text about «topic» «limit». Keep the tone «adj» and «adj».",
        "«_a=3-90»«_b=2-40»A shop sells «_a» «items» on Monday and «_b» more on Tuesday. "
        "If each costs «1-19».«10-99» euros, how much money is earned in total?",
        "Compare «topic» with «topic». Which one would «aud» prefer, and why? Answer «limit».",
        "You are a «adj» assistant. In «month» «1950-2030» someone asks you about «topic»; give a «adj» answer.",
        "Classify each sentence as «adj» or «adj»: (1) I like «topic». (2) Nobody talks about «topic» any more. "
        "(3) It's «2-30» degrees outside!",
        "Give me «3-12» ideas for a «noun» on «topic». The readers are «aud».",
        "Turn this «noun» into a «adj» «noun», then «verb» it «limit», because «aud» will read it in «month».",
    ],
    words={
        "adj": listed(
            "short detailed friendly formal careful playful honest simple vivid balanced gentle precise bold calm "
            "curious modern practical thoughtful brief cheerful serious clear warm dry"
        ),
        "noun": listed(
            "letter story report recipe poem speech checklist dialogue summary review plan guide article outline "
            "lesson script note proposal essay manual"
        ),
        "topic": listed(
            "winter gardens, electric bicycles, a village library, river fishing, home baking, night trains, "
            "coral reefs, paper maps, school lunches, city pigeons, old lighthouses, solar ovens, mountain huts, "
            "street music, honey bees, wooden boats, desert plants, weather balloons, public parks, family budgets, "
            "clay pottery, island ferries, bus drivers, tea houses",
            ", ",
        ),
        "aud": listed(
            "new parents, busy nurses, ten year old pupils, retired teachers, night shift workers, "
            "first year students, hotel guests, shop owners, amateur astronomers, local voters, farm visitors",
            ", ",
        ),
        "verb": listed(
            "explain compare describe rewrite translate classify rank summarise criticise improve shorten expand"
        ),
        "limit": [
            "in at most {n} words",
            "with exactly {n} bullet points",
            "using no more than {n} sentences",
            "in {n} numbered steps",
            "without using the letter z",
            "and give {n} examples",
            "as a table with {n} rows",
        ],
        "month": listed("January March April June July September October December"),
        "items": listed("apples chairs lamps tickets stamps shirts buckets candles bricks notebooks"),
    },
)

CODE = Language(
    fixed={"f": "fn", "o": "obj", "v": "var", "k": "2-99"},
    templates=[
        "def «f»_«o»(«v», limit=«k»):\n"
        '    """Return the «o» of «v» below limit."""\n'
        "    kept = []\n"
        "    for i, x in enumerate(«v»):\n"
        "        if x < limit:\n"
        "            kept.append((i, x))\n"
        "    return kept\n",
        "import collections\n\n"
        "def «f»_«o»(«v»):\n"
        "    c = collections.Counter(«v»)\n"
        "    return [w for w, n in c.most_common(«k») if n > «1-9»]\n",
        "class «O»:\n"
        "    def __init__(self, «v»=None):\n"
        "        self.«v» = list(«v» or [])\n\n"
        "    def «f»(self, key=lambda z: z * «k»):\n"
        "        return sorted(self.«v», key=key)[:«1-20»]\n",
        "def «f»_«o»(path):\n"
        '    with open(path, encoding="utf-8") as fh:\n'
        "        «v» = [s.strip() for s in fh if s.strip()]\n"
        '    assert len(«v») >= «k», "too few «o»"\n'
        "    return «v»\n",
        "def «f»_«o»(«v»):\n"
        "    lo, hi = 0, len(«v») - 1\n"
        "    while lo < hi:\n"
        "        mid = (lo + hi) // 2\n"
        "        if «v»[mid] < «k»:\n"
        "            lo = mid + 1\n"
        "        else:\n"
        "            hi = mid\n"
        "    return lo\n",
        '«o» = [«1-9», «10-99», «100-999»]\nprint("«f»", sum(x ** 2 for x in «o») % «k»)\nassert max(«o») > «1-50»\n',
    ],
    words={
        "fn": listed("count find merge split filter group sort parse check build clean total scale shift rotate"),
        "obj": listed(
            "items rows words values pairs lines orders users scores dates nodes edges prices tokens records"
        ),
        "var": listed("data xs seq table out acc result buf left right key val"),
    },
)

CHINESE = Language(
    templates=[
        "«ask»«act»«thing»，主题是«topic»，读者是«aud»，不超过«20-300»字。",
        "«ask»比较«topic»和«topic»，用«style»的语气给出«2-9»个理由。",
        "商店周一卖出«3-90»个苹果，周二又卖出«2-40»个，每个«1-19»元，一共收入多少钱？",
        "你是一位«style»的助手。«aud»想了解«topic»，你会怎么回答？请分«2-6»点说明。",
        "把下面的文字«act»成«style»的风格：我喜欢«topic»，但是不喜欢«topic»。",
        "«act»关于«topic»的«2-12»条建议，适合«aud»阅读，语言要«style»、«style»。",
    ],
    words={
        "ask": listed("请 帮我 麻烦你 现在 尝试"),
        "act": listed("写 翻译 总结 分析 比较 改写 解释 设计 列出 检查"),
        "thing": listed("一封信 一首诗 一份报告 一个故事 一段对话 一篇短文 一份菜谱 一个计划 一则通知 一份清单"),
        "topic": listed(
            "春天的花园 电动自行车 乡村图书馆 夜间火车 家庭烘焙 珊瑚礁 纸质地图 学校午餐 太阳能炉子 山间小屋 "
            "街头音乐 蜜蜂 木船 沙漠植物 公园 家庭预算 茶馆 海岛渡轮"
        ),
        "aud": listed("新手父母 护士 小学生 退休教师 夜班工人 大学新生 酒店客人 店主 天文爱好者 游客"),
        "style": listed("简洁 正式 幽默 温和 生动 严谨 亲切 冷静"),
    },
)
