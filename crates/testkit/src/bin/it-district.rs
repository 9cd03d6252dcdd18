//! The district as a process of its own, for tests that kill it. The same code as the shipped program; a program of
//! this package, so that the integration tests find it built.

use std::process::ExitCode;

fn main() -> ExitCode {
    zhenxin_district::terminal::main()
}
