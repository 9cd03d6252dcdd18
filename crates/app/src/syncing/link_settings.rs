//! How it connects: pause, networks, proxy.

use zhenxin_sync::{self as engine, Network, Proxy, Settings};

use super::centre;
use crate::{
    Caller,
    contract::{
        Fault,
        session::Nothing,
        sync::{ProxyMode, SaveSyncSettings, SyncCentre, SyncSettings},
    },
    fault::sentence,
};

/// Networks that may be named: an office has one or two.
const NETWORKS_MAX: usize = 20;

pub(super) fn shown(caller: &Caller) -> Result<SyncSettings, Fault> {
    let settings = engine::settings(caller.store())?;
    let (proxy, proxy_url) = match settings.proxy {
        Proxy::None => (ProxyMode::None, None),
        Proxy::Auto | Proxy::System => (ProxyMode::System, None),
        Proxy::Url(url) => (ProxyMode::Url, Some(url)),
    };
    Ok(SyncSettings {
        paused: settings.paused,
        only_on: settings.networks.iter().map(ToString::to_string).collect(),
        this_network: engine::present_network(caller.store())?.map(|network| network.to_string()),
        proxy,
        proxy_url,
    })
}

pub fn pause(caller: &Caller, _: Nothing) -> Result<SyncCentre, Fault> {
    set(caller, |settings| settings.paused = true)
}

pub fn resume(caller: &Caller, _: Nothing) -> Result<SyncCentre, Fault> {
    set(caller, |settings| settings.paused = false)
}

pub fn save(caller: &Caller, request: SaveSyncSettings) -> Result<SyncCentre, Fault> {
    if request.only_on.len() > NETWORKS_MAX {
        return Err(Fault::field("only_on", format!("最多写 {NETWORKS_MAX} 个网络。")));
    }
    let networks = request.only_on.iter().map(|written| written.trim()).filter(|written| !written.is_empty());
    let networks = networks
        .map(|written| written.parse::<Network>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|fault| Fault::field("only_on", sentence(&fault.to_string())))?;
    let proxy = match request.proxy {
        ProxyMode::None => Proxy::None,
        ProxyMode::System => Proxy::Auto,
        ProxyMode::Url => {
            let url = request.proxy_url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
            Proxy::Url(url.ok_or_else(|| Fault::field("proxy_url", "请填写代理地址，例如 http://10.21.0.8:3128。"))?)
        }
    };
    set(caller, |settings| {
        settings.networks = networks;
        settings.proxy = proxy;
    })
}

fn set(caller: &Caller, change: impl FnOnce(&mut Settings)) -> Result<SyncCentre, Fault> {
    let mut settings = engine::settings(caller.store())?;
    change(&mut settings);
    engine::save_settings(caller.store(), &settings)?;
    caller.town.link.settings_changed();
    centre::sync_centre(caller, Nothing {})
}
