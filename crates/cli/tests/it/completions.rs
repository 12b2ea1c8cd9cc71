use crate::support::{bare, finish};

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let finished = finish(bare(&["completions", shell]), None).expect(0);
        finished.says(&["mde-forensics", "collect", "no-preflight"]);
    }
}

#[test]
fn help_promises_the_exit_codes() {
    let finished = finish(bare(&["--help"]), None).expect(0);
    finished.says(&["Exit codes", "130  interrupted", "demo", "completions"]);
}
