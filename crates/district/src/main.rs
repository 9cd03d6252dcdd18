//! `zhenxin-district`: the district platform. All of it lies in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    zhenxin_district::terminal::main()
}
