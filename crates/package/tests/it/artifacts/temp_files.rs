//! Listings of folders of temporary files.

use serde_json::json;

use super::{cells, issues, table};

const TEMP: &str = "Temp Directories/jane_TempDirFiles.txt";

/// A listing of one folder with two entries, and what `dir` counts in it and in all.
fn listing(entries: &str, count: &str, total: &str) -> String {
    format!(
        " Volume in drive C has no label.\n Volume Serial Number is FCCE-4B22\n\n Directory of C:\\T\n\n{entries}{count}\n     Total Files Listed:\n{total}               0 Dir(s)  12,561,956,864 bytes free\n"
    )
}

#[test]
fn a_listing_that_adds_up_has_no_issue_and_one_that_does_not_has() {
    let entry =
        |name: &str, size: u32| format!("07-08-2025  15:12{size:>18} {:<23}{name}\n", "PC\\jane");
    let both = entry("a.exe", 53) + &entry("b.exe", 47);
    let two = "               2 File(s)            100 bytes\n";
    let read = |text: String| table(TEMP, text, "temp_files");
    let whole = read(listing(&both, two, two));
    assert_eq!(whole.issues, []);
    assert!(!whole.is_partial);
    let names = json!([["a.exe", 53, "PC\\jane"], ["b.exe", 47, "PC\\jane"]]);
    assert_eq!(cells(&whole, ["name", "size", "owner"]), names);

    let mismatch = |line| ("count_mismatch", Some(line));
    // The folder's count and an entry are gone, and the total tells.
    let cut = read(listing(&entry("a.exe", 53), "", two));
    assert_eq!(issues(&cut), [mismatch(4), mismatch(9)]);
    // So it does where an entry has another size.
    assert_eq!(
        issues(&read(listing(&both.replace("47", "48"), two, two))),
        [mismatch(4), mismatch(11)]
    );
    // The end is gone.
    let cut = read(listing(&both, two, "").split("     Total").next().unwrap().to_owned());
    assert_eq!(issues(&cut), [("damaged_member", None)]);
    assert!(cut.is_partial);
    // An entry whose date is damaged is read in part; one whose layout is damaged is a row of raw text.
    let damaged = read(listing(&both.replacen("07-", "0?-", 1), two, two));
    assert_eq!(
        cells(&damaged, ["name", "parse_status"]),
        json!([["a.exe", "partial"], ["b.exe", "clean"]])
    );
    assert_eq!(issues(&damaged), [("partial_row", Some(6))]);
    let damaged = read(listing(&both.replace("53", "5x"), two, two));
    assert_eq!(
        cells(&damaged, ["name", "parse_status"]),
        json!([[null, "partial"], ["b.exe", "clean"]])
    );
    assert_eq!(issues(&damaged), [mismatch(4), mismatch(11), ("partial_row", Some(6))]);
}

#[test]
fn minutes_may_follow_a_point() {
    let entry = "07.08.2025  15.12                53 PC\\jane                a.exe\n";
    let one = "               1 File(s)             53 bytes\n";
    let found = table(TEMP, listing(entry, one, one), "temp_files");
    assert_eq!(found.issues, []);
    assert_eq!(
        cells(&found, ["name", "size", "modified_precision", "parse_status"]),
        json!([["a.exe", 53, "minute", "clean"]])
    );
}

#[test]
fn a_message_instead_of_a_listing_is_no_issue() {
    let table = table(TEMP, "The system cannot find the path specified.\n", "temp_files");
    assert_eq!((table.rows(), table.issues.len(), table.is_partial), (0, 0, false));
}

#[test]
fn folders_are_told_from_the_words_of_every_language() {
    const ROOT: &str = "C:\\Users\\jane\\AppData\\Local\\Temp";
    for (before, behind, files, folders) in [
        ("Directory of ", "", "1 File(s)  53 bytes", "1 Dir(s)  12,561 bytes free"),
        ("", " のディレクトリ", "1 個のファイル  53 バイト", "1 個のディレクトリ  12,561 バイト"),
        ("", " 的目录", "1 个文件  53 字节", "1 个目录 12,561 可用字节"),
        ("", " 디렉터리", "1개 파일  53 바이트", "1개 디렉터리  12,561 바이트 남음"),
        // A language that nobody has seen.
        ("", " mappája", "1 fájl  53 bájt", "1 könyvtár  12,561 bájt"),
    ] {
        let text = format!(
            " Volume C\n\n {before}{ROOT}{behind}\n\n2025-08-07  03:12    <DIR>          PC\\jane                .\n               {}\n\n {before}{ROOT}\\a b{behind}\n\n2025-08-07  03:12                53 PC\\jane                evil.exe\n               {files}\n\n     Total:\n               {files}\n               {folders}\n",
            files.replace('1', "0").replace("53", "0")
        );
        let found = table(TEMP, &text, "temp_files");
        let inner = format!("{ROOT}\\a b");
        assert_eq!(
            cells(&found, ["folder", "name", "parse_status"]),
            json!([[ROOT, ".", "clean"], [inner, "evil.exe", "clean"]])
        );
        assert_eq!((issues(&found), found.is_partial), (vec![], false), "{behind}");
        let stated = cells(&table(TEMP, &text, "temp_folders"), ["folder", "stated_files"]);
        assert_eq!(stated, json!([[ROOT, 0], [inner, 1]]));
    }
    // Where nothing tells path and words apart, somebody is told.
    let text = " C:\\T mappája\n\n               0 fájl  0 bájt\n     Total:\n               0 fájl  0 bájt\n               0 könyvtár  1 bájt\n";
    assert_eq!(issues(&table(TEMP, text, "temp_files")), [("partial_row", Some(1))]);
}
