use super::*;

fn villages() -> Villages<'static> {
    let code = "330211101".parse().expect("a town code");
    Villages::of(crate::divisions::town(code).expect("a bundled town"))
}

fn found(code: Option<VillageCode>) -> String {
    code.map(|code| villages().name(code).to_owned()).unwrap_or_default()
}

#[test]
fn named_as_offices_write_it() {
    for written in ["河头村委会", "河头村", "河头", "九龙湖镇河头村", " 河头 村委会 ", "河头村民委员会", "330211101204"]
    {
        assert_eq!(found(villages().named(written)), "河头村委会", "{written}");
    }
    assert_eq!(found(villages().named("思源社区居委会")), "思源社区");
}

#[test]
fn other_towns_and_plain_words_name_nothing() {
    for written in ["", "Sheet1", "汇总", "骆驼街道", "清水浦村"] {
        assert!(villages().named(written).is_none(), "{written}");
    }
}

#[test]
fn a_title_mentions_the_village_and_not_the_town() {
    assert_eq!(found(villages().mentioned("九龙湖镇思源社区居民信息登记表")), "思源社区");
    assert_eq!(found(villages().mentioned("九龙湖镇九龙湖村委会居民信息登记表")), "九龙湖村委会");
    assert_eq!(found(villages().mentioned("填报单位:西河村")), "西河村委会");
    assert!(villages().mentioned("九龙湖镇居民信息登记表").is_none());
}
