#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn only_the_hyphenated_form_is_read() {
    let id = OpId::from_bytes([7; 16]);
    let text = id.to_string();
    assert_eq!(text, "07070707-0707-0707-0707-070707070707");
    assert_eq!(text.parse::<OpId>().unwrap(), id);
    for other in [
        text.replace('-', ""),
        format!("{{{text}}}"),
        format!("urn:uuid:{text}"),
        String::new(),
        "07070707-0707-0707-0707-07070707070g".to_owned(),
    ] {
        assert_eq!(other.parse::<OpId>(), Err(IdFault), "{other}");
    }
}

#[test]
fn debug_names_the_kind() {
    assert_eq!(format!("{:?}", AwardId::from_bytes([0; 16])), "AwardId(00000000-0000-0000-0000-000000000000)");
}

proptest! {
    #[test]
    fn text_and_bytes_return(bytes: [u8; 16]) {
        let id = ResidentId::from_bytes(bytes);
        prop_assert_eq!(id.to_string().parse::<ResidentId>().unwrap(), id);
        prop_assert_eq!(ResidentId::from_uuid(id.as_uuid()), id);
        prop_assert_eq!(*id.as_bytes(), bytes);
    }

    #[test]
    fn order_is_the_order_of_bytes(a: [u8; 16], b: [u8; 16]) {
        prop_assert_eq!(OpId::from_bytes(a).cmp(&OpId::from_bytes(b)), a.cmp(&b));
    }
}
