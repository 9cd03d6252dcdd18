//! Addresses of the console.

pub(crate) const OVERVIEW: &str = "/console";
pub(crate) const TOWNS: &str = "/console/towns";
pub(crate) const BRANDS: &str = "/console/brands";
pub(crate) const ISSUES: &str = "/console/issues";
pub(crate) const PUBLISHED: &str = "/console/published";
pub(crate) const ACCOUNTS: &str = "/console/accounts";
pub(crate) const ACTS: &str = "/console/acts";
pub(crate) const SIGN_IN: &str = "/console/sign-in";
pub(crate) const SIGN_OUT: &str = "/console/sign-out";
pub(crate) const PASSWORD: &str = "/console/password";
pub(crate) const STYLE: &str = "/console/console.css";
pub(crate) const ICON: &str = "/console/icon.png";

/// The page of a town.
pub(crate) fn town(code: &str) -> String {
    format!("{TOWNS}/{code}")
}
