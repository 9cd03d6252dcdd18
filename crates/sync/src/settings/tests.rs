#![allow(clippy::unwrap_used)]

use std::net::IpAddr;

use zhenxin_protocol::frame::{from_cbor, to_cbor};

use super::{Network, NetworkFault, Proxy, Settings, local_address, place_of};

fn network(text: &str) -> Network {
    text.parse().unwrap()
}

#[test]
fn a_network_holds_the_addresses_with_its_leading_bits() {
    let cases = [
        ("192.168.10.0/24", "192.168.10.77", true),
        ("192.168.10.0/24", "192.168.11.77", false),
        ("192.168.10.9/24", "192.168.10.77", true),
        ("10.0.0.0/8", "10.255.1.2", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "::1", false),
        ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false),
        ("fd00::/8", "fd12::9", true),
        ("fd00::/8", "fe80::1", false),
        ("10.0.0.0/8", "::ffff:10.9.9.9", true),
    ];
    for (network, address, held) in cases {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(self::network(network).holds(address), held, "{network} {address}");
    }
}

#[test]
fn what_is_no_network_is_told() {
    for text in ["", "office", "192.168.10.0/33", "fd00::/129", "192.168.10/24", "192.168.10.0/", "1.2.3.4/-1"] {
        assert_eq!(text.parse::<Network>(), Err(NetworkFault::Malformed), "{text}");
    }
}

#[test]
fn settings_come_back_as_they_were() {
    let settings = Settings {
        paused: true,
        networks: vec![network("192.168.10.0/24"), network("fd00::/8")],
        proxy: Proxy::Url("http://10.0.0.1:8080".to_owned()),
    };
    assert_eq!(from_cbor::<Settings>(&to_cbor(&settings)).unwrap(), settings);
    assert_eq!(Settings::default().proxy, Proxy::Auto);
}

#[test]
fn the_way_to_this_machine_begins_at_this_machine() {
    assert_eq!(place_of("https://127.0.0.1:8443/x"), Some(("127.0.0.1".to_owned(), 8443)));
    assert_eq!(place_of("https://[::1]"), Some(("::1".to_owned(), 443)));
    let own = local_address("127.0.0.1", 9).unwrap();
    assert_eq!(Network::around(own).to_string(), "127.0.0.0/24");
    assert!(Network::around(own).holds(own));
}
