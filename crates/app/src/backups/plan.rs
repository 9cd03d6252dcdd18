//! What a restore would do, in numbers and in sentences.

use zhenxin_domain::keeping::KeptFor;
use zhenxin_store::{Backup, BackupLine as StoreLine, RestoreCheck};

use super::{line, store_place};
use crate::{
    Caller,
    contract::{Fault, backups::*},
    shown,
};

pub fn plan(caller: &Caller, request: &BackupRef) -> Result<RestorePlan, Fault> {
    let check = caller.store().restore_check(store_place(request.place), &request.backup)?;
    let enrolled = zhenxin_sync::link(caller.store())?.is_some();
    let backup = Backup { file: request.backup.clone(), made_at_ms: check.made_at_ms, bytes: check.bytes };
    let found = StoreLine { backup, manifest: Some(check.manifest), kept: Some(KeptFor::Day) };
    Ok(RestorePlan {
        backup: line(found, request.place),
        ops_here: check.ops_here,
        newer: check.newer,
        carried: check.carried,
        from_district: check.from_district,
        left_aside: check.left_aside,
        files_missing: check.files_missing,
        erased_since: check.erased_since,
        enrolled,
        words: words(&check, enrolled),
    })
}

fn words(check: &RestoreCheck, enrolled: bool) -> Vec<String> {
    let mut words = vec![format!(
        "恢复到 {} 的备份：{} 条记录，当时有 {} 位居民。",
        shown::time(check.made_at_ms),
        shown::count(check.manifest.ops),
        shown::count(check.manifest.residents)
    )];
    if check.newer == 0 {
        words.push("现有数据里没有比这份备份更新的记录。".to_owned());
    }
    if check.carried > 0 {
        words.push(format!("备份之后本机新记的 {} 条会一起带过去，不会丢。", shown::count(check.carried)));
    }
    if check.from_district > 0 {
        let count = shown::count(check.from_district);
        words.push(if enrolled {
            format!("其他电脑的 {count} 条由区平台在恢复后的下一次同步时补齐。")
        } else {
            format!("其他电脑的 {count} 条不在备份里，本机现在没有接入区平台：请先接入，或从U盘再导入一次。")
        });
    }
    if check.left_aside > 0 {
        words.push(format!("{} 条已退回或已换号重发的旧记录留在移走的文件里。", shown::count(check.left_aside)));
    }
    if check.files_missing > 0 {
        let count = shown::count(check.files_missing);
        words.push(if enrolled {
            format!("{count} 张照片不在备份里，恢复后从区平台取回。")
        } else {
            format!("{count} 张照片不在备份里，也没有区平台可以取回。")
        });
    }
    if check.erased_since > 0 {
        words.push("已经删除个人信息的人，不会因为恢复而回来。".to_owned());
    }
    words.push("现在的数据文件不会删除，移到数据文件夹的 replaced 里。恢复后请重新登录。".to_owned());
    words
}
