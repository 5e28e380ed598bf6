"""The code lists of social assistance. Terms follow the notices and national standards that name them."""

from __future__ import annotations

from hub.catalog import CodeList


class RegionLevel(CodeList):
    """Level of an administrative division (GB/T 2260 and the statistical division code)."""

    PROVINCE = "省级", "Province"
    PREFECTURE = "地级", "Prefecture"
    COUNTY = "县级", "County or district"
    TOWNSHIP = "乡级", "Township or subdistrict"
    VILLAGE = "村级", "Village or residents' committee"


class Sex(CodeList):
    """Sex as the household register states it (GB/T 2261.1)."""

    MALE = "男", "Male"
    FEMALE = "女", "Female"


class Relationship(CodeList):
    """Relationship to the head of the household (after GB/T 4761)."""

    HEAD = "户主", "Head of the household"
    SPOUSE = "配偶", "Spouse"
    CHILD = "子女", "Child"
    PARENT = "父母", "Parent"
    GRANDCHILD = "孙子女", "Grandchild"
    GRANDPARENT = "祖父母", "Grandparent"
    SIBLING = "兄弟姐妹", "Sibling"
    OTHER = "其他", "Other dependant living together"


class AssistanceCategory(CodeList):
    """Kind of assistance that a person is enrolled in."""

    DIBAO = "最低生活保障", "Minimum living guarantee"
    TEKUN = "特困人员救助供养", "Support of the extremely poor"
    DIBAO_MARGIN = "最低生活保障边缘家庭", "Household on the margin of the minimum living guarantee"
    RIGID_EXPENDITURE = "刚性支出困难家庭", "Household in difficulty from unavoidable spending"
    TEMPORARY = "临时救助", "Temporary assistance"
    RELAPSE_MONITORED = "防止返贫监测对象", "Monitored against falling back into poverty"
    ORPHAN = "孤儿", "Orphan"
    DE_FACTO_UNSUPPORTED_CHILD = "事实无人抚养儿童", "Child without support in fact"
    DISABILITY_SUBSIDY = "残疾人两项补贴", "Subsidies for persons with disabilities"


class EnrolmentStatus(CodeList):
    """Where an enrolment stands."""

    APPLIED = "审核中", "Applied for, under review"
    ACTIVE = "在保", "In force"
    SUSPENDED = "暂停", "Suspended"
    ENDED = "停保", "Ended"


class CheckOutcome(CodeList):
    """Outcome of a means check: what was declared, held against what the departments report."""

    CONSISTENT = "属实", "The declaration agrees with the reports"
    INCONSISTENT = "不属实", "The declaration disagrees with the reports"
    OTHER_ASSISTANCE_ADVISED = "建议其他救助", "Another kind of assistance is advised"
    UNDECIDED = "待核对", "Not decided: a checking department's data have not been read yet"


class Department(CodeList):
    """The departments that provide data."""

    CIVIL_AFFAIRS = "民政", "Civil affairs"
    PUBLIC_SECURITY = "公安", "Public security"
    SOCIAL_SECURITY = "人力资源和社会保障", "Human resources and social security"
    REAL_ESTATE = "不动产登记", "Real-estate registry"
    CHARITY_FEDERATION = "慈善总会", "Charity federation"
    TAX = "税务", "Tax"
    MARKET_REGULATION = "市场监管", "Market regulation"
    HOUSING_FUND = "住房公积金", "Housing fund"
    BANKS = "银行", "Banks"
    SECURITIES = "证券", "Securities"
    INSURERS = "保险", "Insurers"
    DISABLED_PERSONS = "残疾人联合会", "Disabled persons' federation"
    MEDICAL_INSURANCE = "医疗保障", "Medical insurance"


class UpheldReason(CodeList):
    """Why a provider stands by a value that is disputed."""

    AS_REGISTERED = "与登记档案一致", "It is what the register and its evidence say"
    NO_EVIDENCE = "证据不足", "Nothing that was given shows it to be wrong"
    SINCE_CHANGED = "情况已变化", "It was right for its time, and the register has changed since"
    NOT_OURS = "非本单位登记", "This department does not register it"


class FindingKind(CodeList):
    """What a department reports about a person."""

    VEHICLE = "机动车", "Registered vehicle"
    PENSION = "养老金", "Pension"
    INSURED_WAGE = "参保工资", "Wage insured with social security"
    REAL_ESTATE = "不动产", "Registered real estate"


class NeedKind(CodeList):
    """What a person needs or a charity gives. The first seven are the notice's services to recipients."""

    CARE = "照料护理", "Care and nursing"
    REHABILITATION = "康复训练", "Rehabilitation"
    MEDICAL_ESCORT = "送医陪护", "Escort to medical treatment"
    SOCIAL_INCLUSION = "社会融入", "Social inclusion"
    SKILLS = "能力提升", "Building of skills"
    COUNSELLING = "心理疏导", "Counselling"
    RESOURCE_LINKING = "资源链接", "Linking to resources"
    FOOD = "食品", "Food"
    CLOTHING = "衣物", "Clothing"
    FUEL = "取暖", "Heating"
    TUITION = "助学", "School and study costs"
    MEDICAL_COST = "医疗费用", "Medical costs"
    HOUSING_REPAIR = "住房修缮", "Repair of housing"
    EQUIPMENT = "辅助器具", "Aids and equipment"


class Urgency(CodeList, ordered=True):
    """How soon help is needed."""

    LOW = "一般", "Within months"
    NORMAL = "较急", "Within weeks"
    HIGH = "紧急", "Within days"
    URGENT = "特急", "At once: help first, papers later"


class NeedStatus(CodeList):
    """Where a need stands."""

    OPEN = "待对接", "Open"
    MATCHED = "已对接", "Matched with a resource"
    MET = "已满足", "Met"
    CLOSED = "已关闭", "Closed without help"


class ConsentPurpose(CodeList):
    """What people are asked to consent to. Each is a purpose of ``purposes.yaml`` too, in small letters."""

    CHARITY_MATCHING = "救助需求与慈善资源对接", "Showing a need to charities"
    MEANS_CHECK = "家庭经济状况核对", "Checking a household's means"


class ConsentScope(CodeList):
    """What of a person's information a consent is for."""

    NEED = "需求信息", "The need, without saying whose it is"
    NEED_AND_IDENTITY = "需求信息及身份", "The need, and who the person is once help was accepted"
    MEANS = "家庭经济状况", "Income and property, as the checking departments know them"


class Signatory(CodeList):
    """Who signs."""

    SELF = "本人", "The person"
    GUARDIAN = "监护人", "The guardian, of a child under 14 or of whoever cannot decide alone"


class ConsentEnd(CodeList):
    """Why a consent is over."""

    WITHDRAWN = "本人撤回", "Withdrawn"
    PERIOD = "期满", "Its last day is over"
    MEMBERS_CHANGED = "家庭成员变化", "The household has other members now"
    CHECK_FAILED = "核对未通过", "The means check found more than was declared"
    ASSISTANCE_ENDED = "救助终止", "Nobody in the household receives or asks for assistance any more"
    NOT_STATED = "档案不再载明", "The file that stated it says something else now"


class RunStatus(CodeList):
    """How a run of a source's synchronisation stands."""

    RUNNING = "进行中", "Running"
    SUCCEEDED = "成功", "Succeeded"
    FAILED = "失败", "Failed"


class SharingMethod(CodeList):
    """How shared data is delivered."""

    QUERY = "接口查询", "Queries of the hub, row by row"
    EXPORT = "批量导出", "Exports of whole lists, and queries"


class DeclineReason(CodeList):
    """Why help that was proposed is not given."""

    NO_CAPACITY = "资源不足", "Nothing is left of it after all"
    NOT_OFFERED_THERE = "不在服务范围", "It is not given there"
    NOT_SUITABLE = "资源不适合", "What is offered does not fit the need"
    OTHER_HELP = "已有其他帮扶", "Help comes from elsewhere"


class MatchReason(CodeList):
    """The one reason that decides whether a resource is proposed for a need."""

    PROPOSED = "已推荐", "It was proposed"
    OTHER_KIND = "类别不同", "It is another kind of help"
    OUTSIDE_AREA = "不在服务区域", "The need lies outside the area that it serves"
    CRITERION_FAILED = "条件不符", "A criterion is not met"
    CRITERION_UNKNOWN = "条件不明", "Whether a criterion is met is not known"
    NOT_ELIGIBLE = "不符合条件", "Its criteria are not met"
    TRIED_BEFORE = "曾对接未果", "It was proposed for the need before, to no avail"
    NONE_LEFT = "无可用余量", "It has no unit that can be had"
    FITS_LESS = "匹配度不高于所荐", "What was proposed fits as well or better"
    SCARCE = "余量紧张", "Its units are worth more to others"
    HELD_FOR_LATER = "为后续需求预留", "Its units are held for needs that are expected"


class UnmetReason(CodeList):
    """Why a need was not met by what was accepted for it."""

    NOT_DELIVERED = "未送达", "Nothing was delivered"
    NOT_ENOUGH = "数量不足", "Less was delivered than is needed"
    NOT_FITTING = "不适用", "What was delivered does not fit"
    NOT_REACHED = "联系不上", "The person was not reached"
    REFUSED_BY_PERSON = "本人不接受", "The person does not want it"
    NEED_ENDED = "需求消失", "The need is over without it"


class ConfirmedBy(CodeList):
    """Who says that help has arrived."""

    PERSON = "本人", "The person"
    OFFICER = "经办人", "An officer who looked"


class MeansItem(CodeList):
    """What a department is asked for in a means check (dibao measures 8, 13, 14)."""

    WAGE = "工资性收入", "Wages"
    PENSION = "养老金", "Pension"
    UNEMPLOYMENT_BENEFIT = "失业保险金", "Unemployment benefit"
    BUSINESS_REGISTRATION = "工商登记", "Registered business"
    DEPOSIT = "银行存款", "Deposits"
    SECURITIES = "有价证券", "Securities and funds"
    INSURANCE = "商业保险", "Commercial insurance"
    HOUSING_FUND = "住房公积金", "Housing fund"
    VEHICLE = "机动车", "Vehicles"
    REAL_ESTATE = "不动产", "Real estate"
    MARRIAGE = "婚姻登记", "Marriage"
    DEATH = "死亡登记", "Death"
    TAX = "纳税", "Taxed income"
    DISABILITY = "残疾人证", "Disability certificate"
    SERIOUS_ILLNESS = "重特大疾病", "Registered serious illness"
    MEDICAL_SPENDING = "医疗个人负担支出", "Medical costs that insurance left to the person"


class AnswerState(CodeList):
    """Where a question to a department stands. *Not asked* and *nothing there* are two things."""

    WAITING = "待查询", "Not asked yet"
    ASKED = "已查询", "Asked, not answered yet"
    ANSWERED = "有记录", "Answered: something is there"
    EMPTY = "无记录", "Answered: nothing is there"
    REFUSED = "拒绝或无效", "Refused, or its answer could not be used"
    LATE = "逾期未复", "Not answered in time"
    DOWN = "无法连接", "Could not be reached"
    CANCELLED = "已取消", "Authorisation is over: not asked any more, and what comes is dropped unread"


class AnswerTime(CodeList):
    """How long a department took to answer, in steps from which a median can be read."""

    MINUTE = "一分钟内", "Within a minute"
    HOUR = "一小时内", "Within an hour"
    DAY = "一天内", "Within a day"
    WEEK = "一周内", "Within a week"
    LONGER = "一周以上", "Longer"


class CheckReason(CodeList):
    """Why a household's means are checked."""

    APPLICATION = "新申请", "An application"
    YEARLY_REVIEW = "年度复核", "The yearly review"
    CHANGE = "情况变化", "The household's circumstances changed"
    WATCH = "动态监测预警", "Something new was reported about a household that receives assistance"
    COMPLAINT = "投诉举报", "A complaint"
    DEATH = "家庭成员死亡", "A member died: to be checked again within 3 months"


class Indication(CodeList):
    """What the rules say of a report. The hub reports; it does not decide (只核对不认定)."""

    DIBAO = "符合低保条件", "Within the limits of the minimum living guarantee"
    MARGIN = "符合低保边缘条件", "Within the limits of the margin of the minimum living guarantee"
    SINGLE_PERSON_DIBAO = "符合单人保条件", "Within the limits of the guarantee for one person"
    RIGID_EXPENDITURE = "符合刚性支出困难条件", "Within the limits of hardship by necessary spending"
    EXIT = "渐退", "Above the limit after taking up work: gradual exit"
    REFUSE = "超出规定标准", "Beyond the limits"
    UNDECIDED = "待核对", "Undecided: a department that must answer has not"


class AlertOrigin(CodeList):
    """What asks for a home visit."""

    REPORT = "核对报告", "A report found more than was declared"
    WATCH = "动态监测", "Something new was reported about a household that receives assistance"
    STAFF_RELATIVE = (
        "经办人员近亲属",
        "A member is a close relative of staff: a visit is obligatory (dibao measures 11)",
    )
    COMPLAINT = "投诉举报", "A complaint: a visit is obligatory (dibao measures 20)"
