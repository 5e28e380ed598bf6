"""Synthetic people: names, citizen identity numbers with right check digits, telephone numbers, addresses.

None of them exists. Telephone numbers start with prefixes that, as far as is known, no subscriber has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from operator import mul
from typing import TYPE_CHECKING, Final, Literal

from hub.demo import words
from hub.domain.divisions import shipped

if TYPE_CHECKING:
    from random import Random

SexWord = Literal["男", "女"]

_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅"
    "沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔"
    "白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN_MEN: Final = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林海峰志国建文学德福贵永庆东忠义"
_GIVEN_WOMEN: Final = "芳娜敏静丽艳娟霞秀玲桂英兰红梅燕雪琴云凤洁莹萍倩婷玉珍淑慧春莲香月翠荣爱琳欣怡美佳瑞"
_VARIANTS: Final = dict(zip("峰燕英华玲辉明志红洁", "锋艳瑛桦铃晖铭智虹杰", strict=True))
_OTHER_SCRIPT_GIVEN: Final = (
    "阿依努尔",
    "古丽娜尔",
    "买买提",
    "艾合买提",
    "其其格",
    "巴特尔",
    "努尔兰",
    "阿迪力",
    "热依汗",
    "赛里克",
)
_OTHER_SCRIPT_FAMILY: Final = ("买买提明", "阿不都拉", "艾山江", "吐尔逊", "额尔德尼", "哈森别克", "库尔班", "苏来曼")
_OTHER_BIRTHPLACES: Final = (
    "230102",
    "230281",
    "230302",
    "230403",
    "230421",
    "230803",
    "230881",
    "220102",
    "210102",
    "370102",
)
_PHONE_PREFIXES: Final = ("140", "142", "143")

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"


@dataclass(frozen=True, slots=True)
class SampleVillage:
    """A village with the divisions above it, ready to be written into an address."""

    code: str
    county: str
    township: str
    village: str

    @property
    def county_code(self) -> str:
        """Six digits."""
        return self.code[:6]


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """One synthetic person. ``other_name`` is what another register writes for the name, if it differs."""

    id_number: str
    name: str
    other_name: str | None
    sex: SexWord
    birth: date
    phone: str | None
    place: SampleVillage
    registered_address: str

    @property
    def age(self) -> int:
        """Full years on the day of the registers."""
        day = words.AS_OF
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))


def check_digit(body: str) -> str:
    """Return the 18th character for 17 digits (GB 11643, MOD 11-2)."""
    return _CHECK[sum(map(mul, map(int, body), _WEIGHTS)) % 11]


def places() -> tuple[SampleVillage, ...]:
    """Return every village of Shuangyashan."""
    divisions = {division.code: division.name for division in shipped()}
    return tuple(
        SampleVillage(code, divisions[code[:6]], divisions[code[:9]], _short(name))
        for code, name in divisions.items()
        if len(code) == 12  # noqa: PLR2004 - the length of a village's code
    )


def _short(village: str) -> str:
    for ending in ("居民委员会", "村民委员会", "居委会", "村委会"):
        if village.endswith(ending) and len(village) > len(ending) + 1:
            return village.removesuffix(ending)
    return village


class Population:
    """Makes people, never two with the same identity number or telephone number.

    A name that stands in a public text of the samples (a village is called after a family, say) is not given, so
    that a name found in a dump is a leak and nothing else.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[int] = set()
        self._phones = 0
        self.places = places()
        self._public = "\n".join(
            [division.name for division in shipped()]
            + [text for texts in words.NEED_TEXTS.values() for text in texts]
            + [*words.CATEGORIES.values(), *words.NEED_KINDS.values(), *words.VEHICLE_TYPES]
        )

    def person(self, age: int, sex: SexWord, place: SampleVillage, surname: str | None = None) -> SamplePerson:
        """Return a new person of that age, registered in ``place`` or, sometimes, elsewhere."""
        rng = self._rng
        birth = words.AS_OF - timedelta(days=age * 365 + age // 4 + rng.randrange(1, 360))
        name = self._name(sex, surname)
        home = place if rng.random() < 0.95 else rng.choice(self.places)  # noqa: PLR2004 - one in 20 registered elsewhere
        return SamplePerson(
            id_number=self._id_number(birth, sex, home),
            name=name,
            other_name=_variant(name) if rng.random() < 0.08 else None,  # noqa: PLR2004 - share tried; fewer have a variant
            sex=sex,
            birth=birth,
            phone=self._phone() if age >= 14 and rng.random() < 0.9 else None,  # noqa: PLR2004 - children have none
            place=home,
            registered_address="黑龙江省双鸭山市" + self.address(home),
        )

    def address(self, place: SampleVillage) -> str:
        """Return a street address below the prefecture."""
        rng = self._rng
        prefix = f"{place.county}{place.township}{place.village}"
        if place.county.endswith("区"):
            building, entrance, floor = rng.randrange(1, 60), rng.randrange(1, 7), rng.randrange(1, 7)
            return f"{prefix}{building}号楼{entrance}单元{floor}0{rng.randrange(1, 5)}室"
        return f"{prefix}{rng.randrange(1, 9)}组{rng.randrange(1, 220)}号"

    def _name(self, sex: SexWord, surname: str | None) -> str:
        rng = self._rng
        if surname is None and rng.random() < 0.01:  # noqa: PLR2004 - one in a hundred has a name with a middle dot
            return f"{rng.choice(_OTHER_SCRIPT_GIVEN)}·{rng.choice(_OTHER_SCRIPT_FAMILY)}"
        given = _GIVEN_MEN if sex == "男" else _GIVEN_WOMEN
        while True:
            count = 1 if rng.random() < 0.2 else 2  # noqa: PLR2004 - share of names with two characters
            name = (surname or rng.choice(_SURNAMES)) + "".join(rng.choice(given) for _ in range(count))
            if name not in self._public:
                return name

    def _id_number(self, birth: date, sex: SexWord, place: SampleVillage) -> str:
        rng = self._rng
        while True:
            county = place.county_code if rng.random() < 0.8 else rng.choice(_OTHER_BIRTHPLACES)  # noqa: PLR2004 - born elsewhere
            sequence = rng.randrange(0, 499) * 2 + (1 if sex == "男" else 2)
            body = f"{county}{birth:%Y%m%d}{sequence:03}"
            if int(body) not in self._taken:
                self._taken.add(int(body))
                return body + check_digit(body)

    def _phone(self) -> str:
        # A multiplier coprime to the modulus walks through all numbers once, in an order that looks random.
        self._phones += 1
        number = self._phones * 61_803_401 % 300_000_000
        return _PHONE_PREFIXES[number // 100_000_000] + f"{number % 100_000_000:08}"


def surname_of(person: SamplePerson) -> str | None:
    """Return the family name that a child takes, None where names have no family name first."""
    return None if "·" in person.name else person.name[0]


def _variant(name: str) -> str | None:
    changed = "".join(_VARIANTS.get(character, character) for character in name)
    return changed if changed != name else None
