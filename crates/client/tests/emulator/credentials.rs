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
    let ours = PEM.match_indices("-----BEGIN").nth(1).unwrap().0;
    let bench = Bench::new(|config| {
        config.tenant.apps[0].certificates = vec![PEM.split_at(ours).1.to_owned()];
    })
    .await;
    for form in [SigningForm::Ps256, SigningForm::Rs256] {
        let credential = CertificateCredential::new(APP, certificate.clone().with_form(form));
        works(bench.builder(credential.clone())).await;
        works(bench.builder(credential).v1_tokens()).await;
    }
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
    let bench = Bench::new(|config| {
        config.tenant.apps[0].federated = vec![Trust::new("https://issuer.example", "playbook")];
    })
    .await;
    let encode = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let claims = r#"{"iss":"https://issuer.example","sub":"playbook","aud":"api://AzureADTokenExchange","exp":1767700000}"#;
    let jwt = [encode(r#"{"alg":"RS256"}"#), encode(claims), encode("signature")].join(".");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, jwt).unwrap();
    works(bench.builder(FederatedCredential::new(APP, file))).await;
}

#[tokio::test]
async fn a_managed_identity_works_on_a_machine_and_in_an_app() {
    let bench = Bench::new(|_| {}).await;
    let identities = [
        ManagedIdentity::System,
        ManagedIdentity::ClientId("00000000-0000-4000-8000-00000000cccc".to_owned()),
        ManagedIdentity::ObjectId("00000000-0000-4000-8000-00000000dddd".to_owned()),
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
async fn an_app_works_for_its_user() {
    let bench = Bench::new(|_| {}).await;
    let mut wanted = TokenRequest::default();
    wanted.user = Some("analyst@contoso.com".to_owned());
    wanted.audience = Some(APP.to_owned());
    let user = UserAssertion::new(bench.emulator.handle().issue_token(&wanted).unwrap());
    let proof = AppProof::Secret(ClientSecret::new(SECRET));
    works(bench.builder(OnBehalfOfCredential::new(APP, proof, user))).await;
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
