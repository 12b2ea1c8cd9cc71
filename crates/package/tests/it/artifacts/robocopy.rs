//! Robocopy's log.

use serde_json::json;

use super::{cells, issues, table};

#[test]
fn robocopy_rounds_sizes_and_names_what_it_could_not_copy() {
    let log = |files: &str, copied: u32, failed: u32| {
        format!(
            "\n  Started : 07 August 2025 18:32:51\n    Files : *.*\n\t    \n  Options : *.* /S\n\n\t  New Dir          3\tC:\\WINDOWS\\Prefetch\\\n{files}\n               Total    Copied   Skipped  Mismatch    FAILED    Extras\n    Dirs :         1         1         0         0         0         0\n   Files :         9  {copied:>8}         6         0  {failed:>8}         0\n   Bytes :         9         9         0         0         0         0\n"
        )
    };
    let small = "\t    New File  \t\t    2379\tA.EXE-1.pf\n100%  \n";
    let large = "\t    New File  \t\t   1.2 m\tX.EXE-2.pf\n100%  \n";
    let comma = "\t    Nouveau fichier  \t\t   1,5 m\tY.EXE-2.pf\n100%  \n";
    let failed = "\t    New File  \t\t    2379\tE.EXE-3.pf\n2025/08/07 18:32:51 ERROR 32 (0x00000020) Copying File C:\\WINDOWS\\Prefetch\\E.EXE-3.pf\nThe process cannot access the file because it is being used by another process.\n";
    let read = |text: String| table("Prefetch Files/PrefetchFilesList.txt", text, "robocopy_files");
    let files = read(log(&format!("{small}{large}{comma}{failed}"), 3, 1));
    assert_eq!(
        cells(&files, ["class", "size", "size_is_rounded", "name", "is_directory"]),
        json!([
            ["New Dir", 3, false, "C:\\WINDOWS\\Prefetch\\", true],
            ["New File", 2379, false, "A.EXE-1.pf", false],
            ["New File", 1_258_291, true, "X.EXE-2.pf", false],
            ["Nouveau fichier", 1_572_864, true, "Y.EXE-2.pf", false],
            ["New File", 2379, false, "E.EXE-3.pf", false],
            [
                "ERROR 32 (0x00000020)",
                null,
                null,
                "Copying File C:\\WINDOWS\\Prefetch\\E.EXE-3.pf",
                null
            ]
        ])
    );
    assert_eq!(issues(&files), [("missing", Some(15))]);
    // One that is not told of is one that is missing.
    let files = read(log(small, 2, 0));
    assert_eq!(issues(&files), [("count_mismatch", Some(13))]);
    // A line that cannot be read is a row of raw text.
    let files = read(log(&format!("{small}\t    New File  \t\t    23x9\tB.EXE-1.pf\n"), 2, 0));
    assert_eq!(cells(&files, ["name", "parse_status"])[2], json!([null, "partial"]));
    assert_eq!(issues(&files), [("count_mismatch", Some(14)), ("partial_row", Some(10))]);
}

#[test]
fn totals_are_held_against_the_files_in_every_language_and_told_where_they_are_not_there() {
    let german = "\n  Gestartet: Donnerstag, 7. August 2025 18:32:51\n\n\t    Neue Datei  \t\t    2379\tA.EXE-1.pf\n\n           Insgesamt   KopiertÜbersprungenKeine Übereinstimmung    FEHLER    Extras\nVerzeich.:         1         0         1         0         0         0\n  Dateien:         9         9         0         0         3         0\n    Bytes:         9         9         0         0         3         0\n";
    let name = "Prefetch Files/PrefetchFilesList.txt";
    let totals = table(name, german, "robocopy_totals");
    assert_eq!(
        cells(&totals, ["name", "copied", "failed"]),
        json!([["Verzeich.", "0", "0"], ["Dateien", "9", "3"], ["Bytes", "9", "3"]])
    );
    assert_eq!(issues(&totals), [("count_mismatch", Some(8))]);
    let odd = german.replace("Bytes:  ", "Bytes: x");
    assert_eq!(
        issues(&table(name, odd, "robocopy_totals")),
        [("count_mismatch", Some(8)), ("damaged_member", None)]
    );
    let cut = german.split("           Insgesamt").next().unwrap();
    assert_eq!(issues(&table(name, cut, "robocopy_files")), [("damaged_member", None)]);
    let head = german.split("\n\n\t").next().unwrap();
    assert_eq!(issues(&table(name, head, "robocopy_files")), [("damaged_member", None)]);
    assert_eq!(issues(&table(name, "", "robocopy_files")), []);
    // Without a folder that it can read it has no totals.
    let failed = format!(
        "{head}\n\n2025/08/07 18:32:51 ERROR 2 (0x00000002) Accessing Source Directory C:\\x\\\n"
    );
    assert_eq!(issues(&table(name, failed, "robocopy_files")), [("missing", Some(4))]);
}
