/**
 * Plain data of the core, as its Rust types serialise themselves. `cargo xtask npm --types` generates this file from them.
 */

/**
 * Whether an action can be run on a device now (`ActionAvailabilityStatus`; not documented, seen in `$metadata`).
 */
export type ActionAvailability = { 
/**
 * The action.
 */
action: FullActionType, 
/**
 * Whether the service would take it.
 */
isAvailable: boolean, 
/**
 * Why not; absent when it would.
 */
notSupportedReason: string | null, };

/**
 * The service's id of a machine action, usually a GUID.
 */
export type ActionId = string;

/**
 * Whose action was collected.
 */
export type Adoption = "foreign" | "own" | "uncertain";

/**
 * One of several devices that answer to a name.
 */
export type Candidate = { 
/**
 * Its id.
 */
machine: MachineId, 
/**
 * Its full name.
 */
name: string | null, 
/**
 * When it last sent a full report.
 */
last_seen: string | null, 
/**
 * Its health, in the service's word.
 */
health: string | null, };

/**
 * What went wrong, by a name that is the same in Rust, Python and JavaScript.
 */
export type Code = "invalid_comment" | "invalid_device" | "invalid_url" | "insecure_url" | "invalid_option" | "invalid_handle" | "handle_mismatch" | "invalid_credential" | "missing_permission" | "wrong_audience" | "credential_failed" | "bad_request" | "invalid_request" | "already_running" | "os_platform_not_supported" | "client_version_not_supported" | "unauthorized" | "forbidden" | "disabled_feature" | "disallowed_operation" | "not_found" | "throttled" | "service_error" | "token_refused" | "authorization_pending" | "authorization_declined" | "device_code_expired" | "invalid_json" | "invalid_shape" | "wrong_content_type" | "unexpected_status" | "unexpected_redirect" | "too_large" | "foreign_link" | "invalid_encoding" | "wrong_action" | "connect_failed" | "tls_failed" | "timed_out" | "connection_lost" | "device_not_found" | "device_ambiguous" | "collection_failed" | "collection_timed_out" | "collection_cancelled" | "collection_uncertain" | "deadline_reached" | "stopped" | "not_ours" | "ledger_failed" | "link_dead" | "not_a_package" | "size_mismatch" | "package_changed" | "package_damaged" | "manifest_mismatch" | "file_exists" | "output_failed" | "internal";

/**
 * An error: a stable [`Code`], a message, and all that the service said.
 *
 * Every text that goes in is bounded, loses its control characters, and loses what looks like a token, a secret or
 * the query of a link. It is small (one pointer), can be cloned, and is serialised as one flat JSON object; reading
 * that back gives the same error, with its causes as texts.
 */
export type ErrorFields = { 
/**
 * The stable code.
 */
code: Code, 
/**
 * Whose fault it was.
 */
fault: Fault, 
/**
 * What happened, without the service's own words.
 */
message: string, 
/**
 * The HTTP status of the answer, if there was one.
 */
status: number | null, 
/**
 * The service's own code, such as `ActiveRequestAlreadyExists` or `invalid_client`.
 */
service_code: string | null, 
/**
 * The service's own words. They may change: branch on the code.
 */
service_message: string | null, 
/**
 * The id under which Microsoft's support finds the call.
 */
request_id: string | null, 
/**
 * For how many seconds the service wants to be left alone.
 */
retry_after: number | null, 
/**
 * Whether the same step, repeated later and unchanged, may well succeed.
 */
retryable: boolean, 
/**
 * What to do about it, in plain words.
 */
hint: string, 
/**
 * The start of the answer's body, redacted.
 */
body: string | null, 
/**
 * What caused it, from the next cause to the first, in words; four at most.
 */
causes: Array<string>, };

/**
 * Something that happened, for progress displays and logs. Holds no secret.
 */
export type Event = { 
/**
 * Which device of the call, from 0; none when it concerns the whole run.
 */
index: number | null, 
/**
 * The device, in the caller's words.
 */
device: string | null, 
/**
 * When, by the caller's clock.
 */
at: string, } & ({ "event": "accepted", 
/**
 * The action.
 */
action: ActionId, } | { "event": "adopted", 
/**
 * The action.
 */
action: ActionId, 
/**
 * Whose it is.
 */
adoption: Adoption, 
/**
 * Its status.
 */
status: ActionStatus, 
/**
 * Who asked for it, as the service says.
 */
requestor: string | null, } | { "event": "doubtful", 
/**
 * Why.
 */
code: Code, } | { "event": "ended", 
/**
 * The outcome's name.
 */
outcome: string, 
/**
 * The error's code, where there is one.
 */
code: Code | null, } | { "event": "link_issued", 
/**
 * How many so far, this one included.
 */
count: number, } | { "event": "progress", 
/**
 * Bytes so far.
 */
received: number, 
/**
 * Bytes of the whole package, where the service said so.
 */
total: number | null, } | { "event": "resolved", 
/**
 * Its id.
 */
machine: MachineId, 
/**
 * Its full name.
 */
name: string | null, } | { "event": "retrying", 
/**
 * Why.
 */
code: Code, 
/**
 * What went wrong, in words.
 */
message: string, 
/**
 * In how many seconds.
 */
seconds: number, } | { "event": "status", 
/**
 * The status.
 */
status: ActionStatus, } | { "event": "throttled", 
/**
 * Which calls.
 */
quota: QuotaClass, 
/**
 * For how many seconds.
 */
seconds: number, } | { "event": "unverified", 
/**
 * The file name.
 */
name: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * Lower-case hexadecimal SHA-256.
 */
sha256: string, 
/**
 * Members in the package.
 */
members: number, 
/**
 * Findings that could harm or mislead a careless reader, or say what could not be checked.
 */
findings: number, 
/**
 * What could not be checked, and why.
 */
why: string, } | { "event": "verified", 
/**
 * The file name.
 */
name: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * Lower-case hexadecimal SHA-256.
 */
sha256: string, 
/**
 * Members in the package.
 */
members: number, 
/**
 * Findings that could harm or mislead a careless reader, and do not make it damaged.
 */
findings: number, } | { "event": "warning", 
/**
 * In plain words.
 */
message: string, });

/**
 * Why an effect could not be carried out, in the words of whoever could not.
 */
export type Failure = { 
/**
 * What happened.
 */
message: string, 
/**
 * The system's or the library's own name for it, such as `ENOSPC` or `ECONNREFUSED`.
 */
code?: string, 
/**
 * Whether the head of a reply had come.
 */
hasHead?: boolean, 
/**
 * Whether the body had more bytes than may be kept.
 */
isTooLarge?: boolean, 
/**
 * Whether the time was up.
 */
isTimeout?: boolean, 
/**
 * Whether the reply was a redirect that could not be looked at.
 */
isRedirect?: boolean, 
/**
 * Whether, for certain, not a byte of the request has left.
 */
isUnsent?: boolean, };

/**
 * Whose fault an error was.
 */
export type Fault = "api" | "build" | "package" | "response" | "transport" | "workflow";

/**
 * What a driver answers an effect with: those of the fields that the effect asks for.
 */
export type EffectResult = { 
/**
 * Why the effect could not be carried out.
 */
failed?: Failure, 
/**
 * The reply's status.
 */
status?: number, 
/**
 * The reply's headers.
 */
headers?: Array<[string, string]>, 
/**
 * Where a redirect leads, as an absolute URL.
 */
location?: string, 
/**
 * How many bytes a file has; none where there is no file.
 */
length?: number, 
/**
 * Whether what is there is a plain file.
 */
isFile?: boolean, 
/**
 * Whether a file of that name exists already.
 */
exists?: boolean, 
/**
 * A token, or a JWT.
 */
token?: string, 
/**
 * For how many seconds the token is good.
 */
expiresIn?: number, 
/**
 * A body, a chunk, or a part of a file; none at the end of what comes in chunks.
 */
bytes?: Uint8Array, };

/**
 * Which limit was reached.
 */
export type Limit = "deadline" | "timeout";

/**
 * A device (Microsoft's page "Machine resource type", 2025-12).
 */
export type Machine = { 
/**
 * The device's id.
 */
id: MachineId, 
/**
 * The device that this one has become part of; undocumented.
 */
mergedIntoMachineId: MachineId | null, 
/**
 * Whether it may be the same as another; undocumented.
 */
isPotentialDuplication: boolean | null, 
/**
 * Whether it is excluded from reports; undocumented.
 */
isExcluded: boolean | null, 
/**
 * Why it is excluded; undocumented.
 */
exclusionReason: ExclusionReason | null, 
/**
 * Its name, with or without domain.
 */
computerDnsName: string | null, 
/**
 * When it was first seen.
 */
firstSeen: string | null, 
/**
 * Its last full report, which comes about once a day: yesterday is not offline.
 */
lastSeen: string | null, 
/**
 * Its operating system, such as `Windows11`, `WindowsServer2022`, `Linux` or `macOS`.
 */
osPlatform: string | null, 
/**
 * Undocumented, and often absent.
 */
osVersion: string | null, 
/**
 * Deprecated in favour of `os_architecture`.
 */
osProcessor: string | null, 
/**
 * `32-bit` or `64-bit`.
 */
osArchitecture: string | null, 
/**
 * The version of the operating system, such as `1709` or `21H2`.
 */
version: string | null, 
/**
 * The build of the operating system, such as 19044.
 */
osBuild: number | null, 
/**
 * The internal address that it was last seen with.
 */
lastIpAddress: string | null, 
/**
 * The external address that it was last seen with.
 */
lastExternalIpAddress: string | null, 
/**
 * All its addresses.
 */
ipAddresses: Array<MachineIpAddress>, 
/**
 * The version of the sensor; undocumented.
 */
agentVersion: string | null, 
/**
 * How its antivirus does; undocumented.
 */
defenderAvStatus: string | null, 
/**
 * How its sensor does.
 */
healthStatus: MachineHealthStatus | null, 
/**
 * Whether it is onboarded; `onboardingstatus` is read too.
 */
onboardingStatus: OnboardingStatus | null, 
/**
 * How much it is worth to its owner.
 */
deviceValue: DeviceValue | null, 
/**
 * The id of its device group, 0 for none; a text on Microsoft's page, a number on the wire: both are read.
 */
rbacGroupId: number | null, 
/**
 * The name of its device group.
 */
rbacGroupName: string | null, 
/**
 * How much it is at risk.
 */
riskScore: RiskScore | null, 
/**
 * How exposed it is.
 */
exposureLevel: ExposureLevel | null, 
/**
 * Whether it has joined Entra.
 */
isAadJoined: boolean | null, 
/**
 * Its id in Entra.
 */
aadDeviceId: string | null, 
/**
 * Its tags.
 */
machineTags: Array<string>, 
/**
 * What the cloud says of it, for a virtual machine.
 */
vmMetadata: VmMetadata | null, 
/**
 * What manages it; undocumented.
 */
managedBy: DeviceManagedBy | null, 
/**
 * How its management does; undocumented.
 */
managedByStatus: DeviceManagedByStatus | null, };

/**
 * Something that was asked of a device (Microsoft's page "`MachineAction` resource type", 2025-11).
 */
export type MachineAction = { 
/**
 * The action's id.
 */
id: ActionId, 
/**
 * What it does; `type` on the wire.
 */
type: ActionType, 
/**
 * Where it stands.
 */
status: ActionStatus, 
/**
 * A title, for some types.
 */
title: string | null, 
/**
 * How far it reaches, for isolation and scans.
 */
scope: string | null, 
/**
 * Who asked: a user's principal name, or an app's id or name.
 */
requestor: string | null, 
/**
 * The comment that was sent.
 */
requestorComment: string | null, 
/**
 * The caller's own id for it; `externalID` is read too.
 */
externalId: string | null, 
/**
 * Where it was asked for.
 */
requestSource: KnownRequestSource | null, 
/**
 * The device, as the service wrote it.
 */
machineId: string | null, 
/**
 * The device's name; absent right after the request.
 */
computerDnsName: string | null, 
/**
 * When it was asked for.
 */
creationDateTimeUtc: string | null, 
/**
 * When it last changed; `lastUpdateTimeUtc` of the documentation's samples is read too.
 */
lastUpdateDateTimeUtc: string | null, 
/**
 * Who cancelled it.
 */
cancellationRequestor: string | null, 
/**
 * Why it was cancelled.
 */
cancellationComment: string | null, 
/**
 * When it was cancelled.
 */
cancellationDateTimeUtc: string | null, 
/**
 * A Windows HRESULT, 0 when all is well; `errorResult` is read too.
 */
errorHResult: number | null, 
/**
 * The file that it is about, for some types.
 */
relatedFileInfo: RelatedFileInfo | null, 
/**
 * What was run, for live response.
 */
commands: Array<CommandResult>, 
/**
 * Undocumented, and seen as an object and as a text: kept as it is.
 */
troubleshootInfo: unknown, };

/**
 * The service's id of a device, usually 40 hex digits.
 */
export type MachineId = string;

/**
 * The permission that a token needs: one of the roles (an app's) or one of the scopes (a user's).
 */
export type OperationNeed = { 
/**
 * What it is for.
 */
step: string, 
/**
 * Of an app.
 */
roles: Array<string>, 
/**
 * Of a user.
 */
scopes: Array<string>, };

/**
 * What an operation is like; none for those of the login.
 */
export type OperationProperties = { 
/**
 * The HTTP method.
 */
method: string, 
/**
 * The statuses of success.
 */
success: Array<number>, 
/**
 * Which quota a call uses up.
 */
quota: QuotaClass, 
/**
 * How many calls the service takes within how many seconds; all of them hold.
 */
limits: Array<[number, number]>, 
/**
 * Whether a repeat is harmless.
 */
repeatable: boolean, 
/**
 * The permission that a token needs.
 */
need: OperationNeed, 
/**
 * The longest body of a reply, in bytes.
 */
bodyLimit: number, };

/**
 * Which quota a call uses up: each endpoint has one of its own.
 */
export type QuotaClass = "available_actions" | "cancel_machine_action" | "collect" | "find_machines_by_ip" | "find_machines_by_tag" | "get_machine" | "get_machine_action" | "list_machine_actions" | "list_machines" | "package_uri";

/**
 * Where a package lies.
 */
export type Stored = { 
/**
 * Its file name in the output folder.
 */
name: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * Lower-case hexadecimal SHA-256.
 */
sha256: string, 
/**
 * Whether every byte of it was verified; never damaged, since what is damaged goes by another name.
 */
verdict: Verdict, };

/**
 * What verifying a package gave; the same word in the manifest, the events and the report.
 */
export type Verdict = "damaged" | "unverified" | "whole";

/**
 * One thing that work asks its driver to do. File names are plain names within the output folder.
 */
export type Effect = { "kind": "assertion", 
/**
 * The token endpoint, which is the JWT's audience.
 */
audience: string, } | { "kind": "chunk", 
/**
 * The longest wait for it, in seconds.
 */
seconds: number, } | { "kind": "create", 
/**
 * The file.
 */
name: string, 
/**
 * All of its bytes.
 */
text: string, } | { "kind": "credential", 
/**
 * The tenant.
 */
tenant: string, 
/**
 * The scope.
 */
scope: string, } | { "kind": "download", 
/**
 * The link; a secret.
 */
url: string, 
/**
 * All headers.
 */
headers: Array<[string, string]>, 
/**
 * The longest wait for the head, in seconds.
 */
seconds: number, } | { "kind": "keep", 
/**
 * The file.
 */
name: string, 
/**
 * Where its bytes begin.
 */
at: number, } | { "kind": "lock", 
/**
 * The file.
 */
name: string, } | { "kind": "look", 
/**
 * The file.
 */
name: string, } | { "kind": "progress", 
/**
 * So many so far.
 */
received: number, 
/**
 * Of so many, where that is known.
 */
total: number | null, } | { "kind": "read", 
/**
 * The file.
 */
name: string, 
/**
 * Where to begin.
 */
at: number, 
/**
 * How many bytes at most.
 */
length: number, } | { "kind": "remove", 
/**
 * The file.
 */
name: string, } | { "kind": "rename", 
/**
 * What it is called.
 */
name: string, 
/**
 * What it will be called.
 */
to: string, } | { "kind": "replace", 
/**
 * The file.
 */
name: string, 
/**
 * All of its bytes.
 */
text: string, } | { "kind": "send", 
/**
 * The method.
 */
method: string, 
/**
 * The URL.
 */
url: string, 
/**
 * All headers; `authorization` is a secret.
 */
headers: Array<[string, string]>, 
/**
 * The body.
 */
body: string | null, 
/**
 * The longest body of the reply, in bytes, that may be kept.
 */
bodyLimit: number, 
/**
 * The longest wait for the whole reply, in seconds.
 */
seconds: number, } | { "kind": "sync", 
/**
 * The file.
 */
name: string | null, } | { "kind": "truncate", 
/**
 * The file.
 */
name: string, 
/**
 * Bytes.
 */
length: number, } | { "kind": "unlock", 
/**
 * The file.
 */
name: string, } | { "kind": "wait", 
/**
 * When to go on.
 */
until: number, };

/**
 * The machine action that a handle is about.
 */
export type ActionOfHandle = { 
/**
 * Its id.
 */
id: ActionId, 
/**
 * Whose it is.
 */
adoption: Adoption, 
/**
 * When the service created it.
 */
created: string | null, 
/**
 * Who asked for it, as the service says.
 */
requestor: string | null, 
/**
 * Its comment, as the service says.
 */
requestor_comment: string | null, 
/**
 * The status that was seen last.
 */
status: ActionStatus, 
/**
 * The service's time at which it was accepted or adopted here.
 */
accepted: string | null, };

/**
 * The device that a handle is about.
 */
export type MachineOfHandle = { 
/**
 * Its id.
 */
id: MachineId, 
/**
 * Its full name.
 */
name: string | null, };

/**
 * Where an action stands (`actionStatus`).
 */
export type ActionStatus = "Cancelled" | "Failed" | "InProgress" | "Pending" | "Succeeded" | "TimeOut" | string & {};

/**
 * What an action does (`actionType`).
 */
export type ActionType = "Block" | "CollectInvestigationPackage" | "DisableActiveDirectoryUser" | "EnableActiveDirectoryUser" | "EndpointConfigManagementCheckin" | "ImmuneActiveDirectoryCustomPlaybook" | "Isolate" | "LiveResponse" | "LogsCollection" | "Offboard" | "RegenerateId" | "RequestSample" | "ResetPasswordActiveDirectoryUser" | "RestrictCodeExecution" | "RunAntiVirusScan" | "StopAndQuarantineFile" | "TokenRefresh" | "Troubleshoot" | "Unisolate" | "Unknown" | "UnrestrictCodeExecution" | string & {};

/**
 * A live-response command.
 */
export type LiveResponseCommand = { 
/**
 * What it does; `type` on the wire.
 */
type: CustomPlaybookActionTypes | null, 
/**
 * Its parameters.
 */
params: Array<CommandParameter>, };

/**
 * A parameter of a live-response command.
 */
export type CommandParameter = { 
/**
 * Its name.
 */
key: CustomPlaybookParams | null, 
/**
 * Its value.
 */
value: string | null, };

/**
 * A live-response command and what came of it.
 */
export type CommandResult = { 
/**
 * Its place among the commands, from 0.
 */
index: number | null, 
/**
 * The command.
 */
command: LiveResponseCommand | null, 
/**
 * When it began.
 */
startTime: string | null, 
/**
 * When it ended.
 */
endTime: string | null, 
/**
 * Where it stands.
 */
commandStatus: CustomPlaybookCommandStatus | null, 
/**
 * What went wrong.
 */
errors: Array<string>, };

/**
 * What a live-response command does (`CustomPlaybookActionTypes`).
 */
export type CustomPlaybookActionTypes = "GetFile" | "PutFile" | "RunPowerShell" | "RunScript" | string & {};

/**
 * Where a live-response command stands (`CustomPlaybookCommandStatus`).
 */
export type CustomPlaybookCommandStatus = "Completed" | "Created" | "Executing" | "Failed" | "PendingResource" | "Submitted" | string & {};

/**
 * The name of a live-response parameter (`CustomPlaybookParams`).
 */
export type CustomPlaybookParams = "Args" | "FileName" | "FileUri" | "IsExternalSource" | "Path" | "ScriptHash" | "ScriptName" | "ScriptSource" | string & {};

/**
 * What manages a device (`DeviceManagedBy`).
 */
export type DeviceManagedBy = "Intune" | "MicrosoftDefenderForEndpoint" | "SystemCenterConfigurationManager" | "Unknown" | string & {};

/**
 * How the management of a device does (`DeviceManagedByStatus`).
 */
export type DeviceManagedByStatus = "Error" | "Success" | "Unknown" | string & {};

/**
 * How much a device is worth to its owner (`DeviceValue`).
 */
export type DeviceValue = "High" | "Low" | "Normal" | string & {};

/**
 * Why a device is excluded (`ExclusionReason`).
 */
export type ExclusionReason = "DeviceDoesNotExist" | "DeviceOutOfScope" | "DuplicateDevice" | "InactiveDevice" | "Other" | string & {};

/**
 * How exposed a device is (`ExposureLevel`).
 */
export type ExposureLevel = "High" | "Low" | "Medium" | "None" | string & {};

/**
 * How a file is named (`fileIdentifierType`).
 */
export type FileIdentifierType = "Md5" | "Sha1" | "Sha256" | string & {};

/**
 * What may be done with a device (`FullActionType`).
 */
export type FullActionType = "CollectInvestigationPackage" | "DisableActiveDirectoryUser" | "EnableActiveDirectoryUser" | "FullIsolation" | "ImmuneActiveDirectoryCustomPlaybook" | "InitiateInvestigation" | "LiveResponse" | "LiveResponsePortal" | "LogsCollection" | "OffBoard" | "RegenerateId" | "ResetPasswordActiveDirectoryUser" | "RestrictCodeExecution" | "RunAntiVirusScan" | "SelectiveIsolation" | "StopAndQuarantineFile" | "TokenRefresh" | "Troubleshoot" | "UnManagedDeviceIsolation" | "UnManagedDeviceUnisolation" | "Unisolation" | "Unknown" | "UnrestrictCodeExecution" | string & {};

/**
 * What a network interface is (`InterfaceType`).
 */
export type InterfaceType = "ATM" | "Ethernet" | "IEEE1394" | "IEEE80211" | "Other" | "PPP" | "SoftwareLoopback" | "TokenRing" | "Tunnel" | "Unknown" | string & {};

/**
 * Whether a network interface works (`IpInterfaceOperationalStatus`).
 */
export type IpInterfaceOperationalStatus = "Dormant" | "Down" | "LowerLayerDown" | "Present" | "Testing" | "Unknown" | "Up" | string & {};

/**
 * Where an action was asked for (`KnownRequestSource`).
 */
export type KnownRequestSource = "ActiveScan" | "BulkAction" | "CustomDetection" | "EndpointConfigManagement" | "IncidentTasks" | "ISG" | "MCAS" | "MDI" | "NDR" | "Portal" | "PublicApi" | "TVM" | "Unspecified" | string & {};

/**
 * How the sensor of a device does (`MachineHealthStatus`).
 */
export type MachineHealthStatus = "Active" | "ImpairedCommunication" | "Inactive" | "NoSensorData" | "NoSensorDataImpairedCommunication" | "Unknown" | string & {};

/**
 * An address of a device.
 */
export type MachineIpAddress = { 
/**
 * The address.
 */
ipAddress: string | null, 
/**
 * The address of the interface.
 */
macAddress: string | null, 
/**
 * What the interface is; `type` on the wire.
 */
type: InterfaceType | null, 
/**
 * Whether it works.
 */
operationalStatus: IpInterfaceOperationalStatus | null, };

/**
 * Whether a device is onboarded (`OnboardingStatus`).
 */
export type OnboardingStatus = "CanBeOnboarded" | "InsufficientInfo" | "Onboarded" | "Unsupported" | string & {};

/**
 * A file that an action is about.
 */
export type RelatedFileInfo = { 
/**
 * The file's digest.
 */
fileIdentifier: string | null, 
/**
 * Which digest it is.
 */
fileIdentifierType: FileIdentifierType | null, };

/**
 * How much a device is at risk (`RiskScore`).
 */
export type RiskScore = "High" | "Informational" | "Low" | "Medium" | "None" | string & {};

/**
 * The cloud that a virtual machine runs in (`vmCloudProvider`).
 */
export type VmCloudProvider = "Azure" | "Unknown" | string & {};

/**
 * What the cloud says of a virtual machine.
 */
export type VmMetadata = { 
/**
 * The machine's id in its cloud.
 */
vmId: string | null, 
/**
 * The cloud.
 */
cloudProvider: VmCloudProvider | null, 
/**
 * The resource's id.
 */
resourceId: string | null, 
/**
 * The subscription's id.
 */
subscriptionId: string | null, };

/**
 * An answer to a ticket of the engine. `goodFor` are seconds from now, `monotonic` is a time of the driver's clock.
 *
 * - `broken`: a reply's head came, and not the whole of its body.
 * - `claimed`: the device is claimed for this run; `claimHeld`: another run has it, or the package; ask again then.
 * - `fetched`: all bytes are in place, with `.part` behind the name; `notFetched`: not, or not all.
 * - `granted`: the call may go out, under a number of the driver's own; `until`: not before then.
 * - `held`: what lies in the folder: nothing; a part, with `received`; the package, with `size`, `sha256` and
 *   `verdict`; or something that is in the way, with `conflict`.
 * - `notSent`: not a byte of the request has left; `unknown`: it may have arrived, or not.
 * - `reply`: the whole reply.
 * - `sealed`: the package is in place, its manifest beside it; `notSealed`: it is damaged, or could not be put there.
 * - `token`: a token; `tokenFailed`: there is none.
 */
export type Answer = { "kind": "broken", message: string, 
/**
 * Left out: `connection_lost`.
 */
code?: Code, } | { "kind": "claimed" } | { "kind": "claimHeld", monotonic: number, } | { "kind": "fetched", 
/**
 * Bytes.
 */
size: number, 
/**
 * Lower-case hexadecimal SHA-256.
 */
sha256: string, } | { "kind": "granted", permit: number, } | { "kind": "held", 
/**
 * Bytes of a part.
 */
received?: number, 
/**
 * The strong entity tag that the part came with.
 */
validator?: string, 
/**
 * Bytes of the whole that the part is of.
 */
total?: number, 
/**
 * Bytes of the package.
 */
size?: number, 
/**
 * Its lower-case hexadecimal SHA-256.
 */
sha256?: string, 
/**
 * What its manifest says: `whole` or `unverified`.
 */
verdict?: Verdict, 
/**
 * Why it cannot be used.
 */
conflict?: string, 
/**
 * Of a conflict; left out: `file_exists`.
 */
code?: Code, } | { "kind": "notFetched", 
/**
 * The link is dead, the bytes stopped, they are no package, or the folder would not have them.
 */
reason: "dead" | "interrupted" | "output" | "refused", message: string, 
/**
 * Left out: `link_dead`, `connection_lost`, `not_a_package` or `output_failed`, as the reason is.
 */
code?: Code, 
/**
 * What is kept of an interrupted one.
 */
part?: Part, } | { "kind": "notSealed", message: string, damaged: boolean, } | { "kind": "notSent", message: string, } | { "kind": "reply", status: number, headers: Array<[string, string]>, 
/**
 * Decoded from its content encoding.
 */
body: Uint8Array | ArrayBuffer | string, } | { "kind": "sealed", 
/**
 * How many members it has.
 */
members: number, 
/**
 * Findings that could harm or mislead a careless reader.
 */
findings: number, 
/**
 * What of it could not be checked, and why.
 */
unverified?: string, } | { "kind": "token", token: string, goodFor: number, } | { "kind": "tokenFailed", message: string, 
/**
 * Left out: `credential_failed`.
 */
code?: Code, 
/**
 * For how many seconds the login wants to be left alone.
 */
retryAfter?: number, } | { "kind": "unknown", message: string, } | { "kind": "until", monotonic: number, };

/**
 * What cancelling came to.
 */
export type Cancelled = { action: MachineAction, handle: string, };

/**
 * What a caller says of a client.
 */
export type ClientSettings = { 
/**
 * The tenant's id or a verified domain.
 */
tenant: string, 
/**
 * The app's client id.
 */
clientId?: string, 
/**
 * The value, not the id, of the app's secret.
 */
clientSecret?: string, 
/**
 * Whether the caller signs JWTs in place of a secret.
 */
signsAssertions?: boolean, 
/**
 * The cloud or region, such as `commercial` (the default), `eu` or `gcc-high`.
 */
cloud?: string, 
/**
 * Where the API is, in place of the cloud's own.
 */
baseUrl?: string, 
/**
 * Where the login is, in place of the cloud's own.
 */
loginUrl?: string, 
/**
 * What tokens are made for, in place of the cloud's own.
 */
resource?: string, 
/**
 * So many seconds pass in one second; only against an emulator on this machine.
 */
timeScale?: number, 
/**
 * What the service's quotas count by: `endpoint` (the default) or `app`.
 */
quotaScope?: "endpoint" | "app", 
/**
 * How much of the quotas is ours, above 0 and at most 1 (default: all).
 */
quotaShare?: number, };

/**
 * A code, and what it says of an error.
 */
export type CodeInfo = { 
/**
 * The stable name.
 */
code: Code, 
/**
 * Whose fault it was.
 */
fault: Fault, 
/**
 * Whether the same step, repeated later and unchanged, may well succeed.
 */
retryable: boolean, 
/**
 * What to do about it, in plain words.
 */
hint: string, };

/**
 * One thing for the driver of the engine to do. Times are seconds of the clock that the driver tells.
 *
 * - `abort`: forget this send or fetch; its answer will not be heard.
 * - `claim`: take the collection for this run until a record says that it has ended; and, where `wantsDevice`, its device
 *   until a record says that it was accepted or has ended. Answer `claimed` or `claimHeld`.
 * - `done`: the run is over.
 * - `event`: something that a person may want to see.
 * - `fetch`: stream the package into `name` with `.part` behind it. Answer `fetched` or `notFetched`.
 * - `inspect`: say what lies in the output folder under this name. Answer `held`.
 * - `permit`: ask whether a call of this quota may go out now. Answer `granted` or `until`.
 * - `record`: append the record durably, then say `recorded` or `recordFailed`; several may share one sync.
 * - `seal`: turn `name` with `.part` behind it into evidence. Answer `sealed` or `notSealed`.
 * - `send`: send this request as it is, once. Answer `reply`, `notSent`, `unknown` or `broken`.
 * - `settle`: the permit's place in the quota can be counted from now.
 * - `token`: get a token for the API. Answer `token` or `tokenFailed`.
 * - `wait`: nothing more to do until an answer comes or that time.
 */
export type Command = { "kind": "abort", ticket: number, } | { "kind": "claim", ticket: number, tenant: string, machine: MachineId, wantsDevice: boolean, } | { "kind": "done", 
/**
 * One for each device, in the order of the call.
 */
rows: Array<Row>, } | { "kind": "event", event: Event, } | { "kind": "fetch", ticket: number, 
/**
 * Where the package is; a secret.
 */
link: string, name: string, 
/**
 * What was received of it before.
 */
resume: Part | null, } | { "kind": "inspect", ticket: number, name: string, } | { "kind": "permit", ticket: number, quota: QuotaClass, } | { "kind": "record", seq: number, 
/**
 * JSON, for a line of a ledger.
 */
record: string, } | { "kind": "seal", ticket: number, name: string, 
/**
 * JSON, for the manifest.
 */
custody: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * Lower-case hexadecimal SHA-256.
 */
sha256: string, 
/**
 * Whether a damaged package is kept under another name.
 */
keepDamaged: boolean, } | { "kind": "send", ticket: number, 
/**
 * Its `authorization` header is a secret.
 */
request: OperationRequest, 
/**
 * The longest body of the reply, in bytes.
 */
bodyLimit: number, 
/**
 * Not to be sent after this monotonic time.
 */
notAfter: number, } | { "kind": "settle", permit: number, settlement: Settled, 
/**
 * For how many seconds the service wants to be left alone, where it was `throttled`.
 */
seconds: number, } | { "kind": "token", ticket: number, 
/**
 * A token that the service did not take; a secret.
 */
rejected: string | null, } | { "kind": "wait", until: number | null, };

/**
 * Where the engine begins.
 */
export type EngineStarts = { 
/**
 * Names, ids or addresses of devices.
 */
devices?: Array<string>, 
/**
 * Handles (JSON) of collections to go on with, after the devices.
 */
handles?: Array<string>, 
/**
 * Handles (JSON) that a ledger knows. With a key, a device among them goes on where it was; a handle goes on from
 * whichever has come further.
 */
known?: Array<string>, };

/**
 * One thing for the driver of a run to do.
 */
export type Order = { "kind": "abort", ticket: number, } | { "kind": "append", text: string, sync: boolean, } | { "kind": "done", rows: Array<Row>, next: number | null, } | { "kind": "event", event: Event, } | { "kind": "start", ticket: number, seal: boolean, } | { "kind": "wait", until: number | null, };

/**
 * What was received of a package.
 */
export type Part = { 
/**
 * Bytes.
 */
received: number, 
/**
 * Its strong entity tag, where it has one.
 */
validator: string | null, 
/**
 * Bytes of the whole package, where the service said so.
 */
total: number | null, };

/**
 * An error, and the class of `npm/src/errors.ts` that it comes as.
 */
export type Raised = { class: string, error: ErrorFields, };

/**
 * A request, ready to be sent as it is.
 */
export type OperationRequest = { method: string, url: string, headers: Array<[string, string]>, body: string | null, };

/**
 * How one device ended, and all that is known of it.
 */
export type Row = { 
/**
 * The device, in the caller's words.
 */
device: string, 
/**
 * How it ended, such as `collected`.
 */
outcome: string, 
/**
 * Whether the caller has what was asked for.
 */
succeeded: boolean, 
/**
 * Whether the handle can be resumed and something may yet come of it.
 */
resumable: boolean, 
/**
 * Whose action was collected.
 */
adoption: Adoption | null, 
/**
 * The device at the service.
 */
machine: MachineOfHandle | null, 
/**
 * The action.
 */
action: ActionOfHandle | null, 
/**
 * The package, once it is in place.
 */
package: Stored | null, 
/**
 * Why the caller did not get what was asked for.
 */
thrown: Raised | null, 
/**
 * What kept it, where its time ran out.
 */
trouble: Raised | null, 
/**
 * The devices that answer to the name, where several do.
 */
candidates: Array<Candidate> | null, 
/**
 * Which limit was reached.
 */
limit: Limit | null, 
/**
 * What a later run goes on from: JSON.
 */
handle: string, };

/**
 * What a caller says of a run. A default is wherever nothing is said.
 */
export type RunSettings = { 
/**
 * Why the evidence is collected; it travels to the service.
 */
comment?: string, 
/**
 * A name for this collection, such as the incident's number: a later one with the same key adopts it.
 */
key?: string, 
/**
 * From acceptance to the end at the service, in seconds (default: 30 minutes).
 */
timeout?: number, 
/**
 * For the call, in seconds (default: 12 hours).
 */
deadline?: number, 
/**
 * Between two questions, in seconds (default: growing from 10 to 30).
 */
pollEvery?: number, 
/**
 * `newest` takes the device that reported last where several answer to the name (default: `never`).
 */
pick?: "never" | "newest", 
/**
 * Whether the token's permissions and the device's actions are looked at first (default: yes).
 */
preflight?: boolean, 
/**
 * Whether a marker is appended to the comment, so that a lost answer is found (default: yes).
 */
markComment?: boolean, 
/**
 * Whether the marker travels as `ExternalId` too (default: yes).
 */
sendExternalId?: boolean, 
/**
 * Devices between search and acceptance at one time (default: 16).
 */
concurrency?: number, 
/**
 * Downloads at one time (default: 4).
 */
downloads?: number, 
/**
 * How far to go (default: `collected` with a folder, else `ready`).
 */
until?: "collected" | "ready" | "requested", };

/**
 * What became of a call that had a permit.
 */
export type Settled = "answered" | "throttled" | "unused";

/**
 * Where a run begins, and how far it may go.
 */
export type Starts = { 
/**
 * Names, ids or addresses of devices.
 */
devices?: Array<string>, 
/**
 * Handles of collections to go on with.
 */
handles?: Array<string>, 
/**
 * Go on with everything that the ledger knows.
 */
fromLedger?: boolean, 
/**
 * What the output folder is called; none where nothing is downloaded.
 */
folder?: string, 
/**
 * Come back within so many seconds.
 */
budget?: number, 
/**
 * Come back before that where there is nothing to do.
 */
noWaiting?: boolean, 
/**
 * Ask once where collections stand: that one ended badly, or goes on, is no failure then.
 */
refresh?: boolean, };
