use crate::support::{bare, finish};

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let finished = finish(bare(&["completions", shell]), None).expect(0);
        finished.says(&["mde-forensics", "collect", "no-preflight"]);
    }
}

#[test]
fn help_documents_the_exit_codes() {
    let finished = finish(bare(&["--help"]), None).expect(0);
    // That these are all there are, a test beside them says.
    finished.says(&["Exit codes", "    0  success", "130  interrupted", "143  terminated"]);
    finished.says(&["demo", "completions"]);
}

#[test]
fn help_has_examples_that_parse() {
    for command in
        ["collect", "compare", "demo", "emulator", "resume", "search", "status", "tables", "verify"]
    {
        let finished = finish(bare(&[command, "--help"]), None).expect(0);
        let (_, examples) = finished.stdout.split_once("\nExamples:\n").unwrap();
        let own = format!("mde-forensics {command} ");
        let examples = examples.lines().map(|line| format!("{line} "));
        assert!(examples.into_iter().any(|line| line.contains(&own)), "{finished:#?}");
    }
}
