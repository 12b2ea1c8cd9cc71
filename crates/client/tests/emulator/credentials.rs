use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_forensics::{
    AppProof, CallbackCredential, Certificate, CertificateCredential, ClientBuilder,
    DeviceCodeCredential, FederatedCredential, ManagedIdentityCredential, OnBehalfOfCredential,
    SigningForm,
};
use mde_forensics_core::endpoint::token::{DeviceCodePrompt, ManagedIdentity, Token};
use mde_forensics_core::{AccessToken, ClientSecret, Code, Device, IdentityHeader, UserAssertion};
use mde_forensics_emulator::TokenRequest;
use mde_forensics_emulator::config::FederatedCredential as Trust;

use crate::bench::{APP, Bench, DEVICE, SECRET, app};

const PEM: &str = include_str!("../data/certificate.pem");
const PFX: &[u8] = include_bytes!("../data/certificate.pfx");

/// Whether the API takes what the credential got.
async fn works(builder: ClientBuilder) {
    let client = builder.build().unwrap();
    let found = client.find(&Device::parse(DEVICE).unwrap()).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn a_secret_works_in_both_styles() {
    let bench = Bench::new(|_| {}).await;
    works(bench.builder(app())).await;
    works(bench.builder(app()).v1_tokens()).await;
}

#[tokio::test]
async fn a_certificate_works_in_both_forms_and_styles() {
    let certificate = Certificate::from_pem(PEM.as_bytes()).unwrap();
    let bench = with_certificate().await;
    for form in [SigningForm::Ps256, SigningForm::Rs256] {
        let credential = CertificateCredential::new(APP, certificate.clone().with_form(form));
        works(bench.builder(credential.clone())).await;
        works(bench.builder(credential).v1_tokens()).await;
    }
}

#[tokio::test]
async fn a_certificate_from_a_pfx_file_works() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("certificate.pfx");
    std::fs::write(&file, PFX).unwrap();
    let certificate = Certificate::from_file(&file, Some("hunter2")).unwrap();
    let bench = with_certificate().await;
    works(bench.builder(CertificateCredential::new(APP, certificate))).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_registered_is_refused() {
    let certificate = Certificate::from_pem(PEM.as_bytes()).unwrap();
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(CertificateCredential::new(APP, certificate)).build().unwrap();
    let error = client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), Code::TokenRefused);
    assert!(error.hint().contains("certificate"), "{}", error.hint());
}

#[tokio::test]
async fn a_federated_token_works() {
    let bench = with_federation().await;
    let folder = tempfile::tempdir().unwrap();
    let file = federated_token(folder.path());
    works(bench.builder(FederatedCredential::new(APP, file))).await;
}

#[tokio::test]
async fn a_managed_identity_works_on_a_machine_and_in_an_app() {
    let bench = Bench::new(|_| {}).await;
    let identities = [
        ManagedIdentity::System,
        ManagedIdentity::ClientId("00000000-0000-4000-8000-00000000cccc".to_owned()),
        ManagedIdentity::ObjectId("00000000-0000-4000-8000-00000000dddd".to_owned()),
        ManagedIdentity::ResourceId(RESOURCE.to_owned()),
    ];
    for identity in identities {
        let machine = ManagedIdentityCredential::of_machine_at(identity.clone(), bench.login());
        works(bench.builder(machine)).await;
        let endpoint = format!("{}/msi/token", bench.login());
        let header = IdentityHeader::new("emulator-identity-header");
        works(bench.builder(ManagedIdentityCredential::of_app(identity, endpoint, header))).await;
    }
}

#[tokio::test]
async fn an_identity_that_the_machine_has_not_is_refused() {
    let bench = Bench::new(|_| {}).await;
    let identity = ManagedIdentity::ResourceId(format!("{RESOURCE}-2"));
    let machine = ManagedIdentityCredential::of_machine_at(identity, bench.login());
    let client = bench.builder(machine).build().unwrap();
    let error = client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), Code::TokenRefused);
}

#[tokio::test]
async fn a_device_code_works_once_the_person_has_entered_it() {
    let bench = Bench::new(|config| config.options.device_code_approval = Some(12.0)).await;
    works(bench.builder(DeviceCodeCredential::new(APP, |_: &DeviceCodePrompt| {}))).await;

    let handle = bench.emulator.handle();
    let declines =
        move |prompt: &DeviceCodePrompt| handle.decline_device_code(&prompt.user_code).unwrap();
    let client = bench.builder(DeviceCodeCredential::new(APP, declines)).build().unwrap();
    let error = client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), Code::AuthorizationDeclined);
}

#[tokio::test]
async fn an_app_works_for_its_user_with_every_proof() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::from_pem(PEM.as_bytes()).unwrap();
    for (bench, proof) in [
        (Bench::new(|_| {}).await, AppProof::Secret(ClientSecret::new(SECRET))),
        (with_certificate().await, AppProof::Certificate(certificate)),
        (with_federation().await, AppProof::FederatedTokenFile(federated_token(folder.path()))),
    ] {
        let user = bench.emulator.handle().issue_token(&for_the_app()).unwrap();
        let credential = OnBehalfOfCredential::new(APP, proof.clone(), UserAssertion::new(user));
        works(bench.builder(credential)).await;

        // A user's token for another API is no proof that the user called this app.
        let user = bench.emulator.handle().issue_token(&TokenRequest::default()).unwrap();
        let credential = OnBehalfOfCredential::new(APP, proof, UserAssertion::new(user));
        let client = bench.builder(credential).build().unwrap();
        let error = client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err();
        assert_eq!(error.code(), Code::TokenRefused);
    }
}

fn for_the_app() -> TokenRequest {
    let mut wanted = TokenRequest::default();
    wanted.user = Some("analyst@contoso.com".to_owned());
    wanted.audience = Some(APP.to_owned());
    wanted
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let device = Device::parse(DEVICE).unwrap();
    client.find(&device).await.unwrap();
    bench.emulator.handle().revoke_tokens();
    assert_eq!(client.find(&device).await.unwrap().len(), 1);

    let own = CallbackCredential::new(|_| async {
        Ok(Token::new(AccessToken::new("not.a.token"), Duration::from_secs(3600)))
    });
    let client = bench.builder(own).build().unwrap();
    assert_eq!(client.find(&device).await.unwrap_err().code(), Code::CredentialFailed);
}

async fn with_certificate() -> Bench {
    let ours = PEM.match_indices("-----BEGIN").nth(1).unwrap().0;
    Bench::new(|config| {
        config.tenant.apps[0].certificates = vec![PEM.split_at(ours).1.to_owned()];
    })
    .await
}

async fn with_federation() -> Bench {
    Bench::new(|config| {
        config.tenant.apps[0].federated = vec![Trust::new("https://issuer.example", "playbook")];
    })
    .await
}

/// A file with the token of an issuer that the app trusts.
fn federated_token(folder: &Path) -> PathBuf {
    let encode = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let claims = r#"{"iss":"https://issuer.example","sub":"playbook","aud":"api://AzureADTokenExchange","exp":1767700000}"#;
    let jwt = [encode(r#"{"alg":"RS256"}"#), encode(claims), encode("signature")].join(".");
    let file = folder.join("token");
    std::fs::write(&file, jwt).unwrap();
    file
}

const RESOURCE: &str =
    "/subscriptions/0/resourceGroups/soc/providers/Microsoft.Compute/virtualMachines/playbooks";
