"""The words that the sample departments write where the hub has codes.

They differ from the hub's own terms here and there, as they do in real departments: the mapping files hold the
code tables.
"""

from __future__ import annotations

from datetime import date
from typing import Final

AS_OF: Final = date(2026, 6, 30)
"""The day on which the sample registers stand still."""

RETIRED_COUNTY: Final = "230504"
"""Lingxi district, dissolved in 1987: a code that registers still carry and the list of divisions no longer has."""

CATEGORIES: Final = {
    "DIBAO": "低保",
    "TEKUN": "特困",
    "DIBAO_MARGIN": "低保边缘",
    "RIGID_EXPENDITURE": "刚性支出困难",
    "TEMPORARY": "临时救助",
    "RELAPSE_MONITORED": "防返贫监测对象",
    "ORPHAN": "孤儿",
    "DE_FACTO_UNSUPPORTED_CHILD": "事实无人抚养儿童",
    "DISABILITY_SUBSIDY": "残疾人两项补贴",
}
UNKNOWN_CATEGORY: Final = "Z9"

STATUSES: Final = {"APPLIED": "申请中", "ACTIVE": "在享", "SUSPENDED": "暂停", "ENDED": "已终止"}

RELATIONS: Final = {
    "HEAD": ("户主",),
    "SPOUSE": ("配偶",),
    "SON": ("子", "子女"),
    "DAUGHTER": ("女", "子女"),
    "FATHER": ("父", "父母"),
    "MOTHER": ("母", "父母"),
    "GRANDCHILD": ("孙子女",),
    "GRANDPARENT": ("祖父母",),
    "SIBLING": ("兄弟姐妹",),
    "OTHER": ("其他",),
}

NEED_KINDS: Final = {
    "CARE": "照料护理",
    "REHABILITATION": "康复训练",
    "MEDICAL_ESCORT": "送医陪护",
    "SOCIAL_INCLUSION": "社会融入",
    "SKILLS": "能力提升",
    "COUNSELLING": "心理疏导",
    "RESOURCE_LINKING": "资源链接",
    "FOOD": "食品",
    "CLOTHING": "衣物",
    "FUEL": "取暖燃料",
    "TUITION": "学费",
    "MEDICAL_COST": "医疗费用",
    "HOUSING_REPAIR": "住房修缮",
    "EQUIPMENT": "辅助器具",
}
UNKNOWN_NEED_KIND: Final = "其他需求"

URGENCIES: Final = ("低", "一般", "高", "紧急")
NEED_STATUSES: Final = ("待对接", "已对接", "已满足", "已关闭")

CONSISTENT: Final = "CONSISTENT"
INCONSISTENT: Final = "INCONSISTENT"
OUTCOMES: Final = {CONSISTENT: "属实", INCONSISTENT: "不属实", "OTHER_ASSISTANCE_ADVISED": "建议其他救助"}

VEHICLE_TYPES: Final = ("小型轿车", "小型普通客车", "轻型货车", "普通二轮摩托车")
VEHICLE_COUNTED: Final = ("正常", "查封")
VEHICLE_GONE: Final = ("报废", "注销")

PENSION_PAID: Final = "正常发放"
SHOPS: Final = ("便民超市", "小吃店", "五金商店", "理发店", "家电维修部")
PENSION_STOPPED: Final = "停发"

HOME_USES: Final = ("住宅", "成套住宅")
OTHER_USES: Final = ("商业服务", "车库")

NEED_TEXTS: Final = {
    "CARE": ("{who}行动不便，需要每日上门照料。", "家中无人照看{who}，申请日间照料。"),
    "REHABILITATION": ("{who}中风后需要康复训练，每周两次。",),
    "MEDICAL_ESCORT": ("{who}每月到市医院复查，需要有人陪同。",),
    "SOCIAL_INCLUSION": ("{who}独居多年，很少与人来往。",),
    "SKILLS": ("{who}希望参加技能培训后就近就业。",),
    "COUNSELLING": ("{who}情绪低落，需要心理疏导。",),
    "RESOURCE_LINKING": ("{who}不了解可以申请哪些帮扶，需要对接资源。",),
    "FOOD": ("{who}家中口粮不足，需要米面油。",),
    "CLOTHING": ("{who}缺少过冬棉衣棉被。",),
    "FUEL": ("{who}家冬季取暖缺少燃煤。",),
    "TUITION": ("{who}今年考入高中，学费有困难。",),
    "MEDICAL_COST": ("{who}长期透析，自付医疗费用较高。", "{who}住院手术后欠费。"),
    "HOUSING_REPAIR": ("{who}家房屋漏雨，需要修缮屋顶。",),
    "EQUIPMENT": ("{who}需要轮椅一台。", "{who}需要助听器。"),
}
