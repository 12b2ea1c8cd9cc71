/**
 * Plain data of the core, as its Rust types serialise themselves. `cargo xtask npm --types` generates this file from them.
 */

/**
 * Whether an action can be run on a device now (`ActionAvailabilityStatus`; not documented, seen
 * in `$metadata`).
 */
export type ActionAvailability = { 
/**
 * The action.
 */
action: FullActionType, 
/**
 * Whether the service would accept it.
 */
isAvailable: boolean, 
/**
 * The reason, if it would not.
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
 * One of several devices that match a name.
 */
export type Candidate = { 
/**
 * Its id.
 */
machine: MachineId, 
/**
 * Its fully qualified name.
 */
name: string | null, 
/**
 * When it last sent a full report.
 */
last_seen: string | null, 
/**
 * Its health, in the service's terms.
 */
health: string | null, };

/**
 * What went wrong, under a name that is the same in Rust, Python and JavaScript.
 */
export type Code = "invalid_comment" | "invalid_device" | "invalid_url" | "insecure_url" | "invalid_option" | "invalid_handle" | "handle_mismatch" | "invalid_credential" | "missing_permission" | "wrong_audience" | "credential_failed" | "bad_request" | "invalid_request" | "already_running" | "os_platform_not_supported" | "client_version_not_supported" | "unauthorized" | "forbidden" | "disabled_feature" | "disallowed_operation" | "not_found" | "throttled" | "service_error" | "token_refused" | "authorization_pending" | "authorization_declined" | "device_code_expired" | "invalid_json" | "invalid_shape" | "wrong_content_type" | "unexpected_status" | "unexpected_redirect" | "too_large" | "foreign_link" | "invalid_encoding" | "wrong_action" | "connect_failed" | "tls_failed" | "timed_out" | "connection_lost" | "device_not_found" | "device_ambiguous" | "collection_failed" | "collection_timed_out" | "collection_cancelled" | "collection_uncertain" | "deadline_reached" | "stopped" | "not_ours" | "ledger_failed" | "link_dead" | "not_a_package" | "size_mismatch" | "package_changed" | "package_damaged" | "manifest_mismatch" | "manifest_missing" | "file_exists" | "output_failed" | "internal";

/**
 * An error: a stable [`Code`], a message, and everything that the service said.
 *
 * Every text is bounded and redacted: control characters, and whatever looks like a token, a
 * secret or a link's query, are removed. An error is small (one pointer) and can be cloned. It is
 * serialised as one flat JSON object; reading that back gives an equal error, with its causes as
 * text.
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
 * What happened, without the service's own message.
 */
message: string, 
/**
 * The reply's HTTP status, if there was a reply.
 */
status: number | null, 
/**
 * The service's own code, such as `ActiveRequestAlreadyExists` or `invalid_client`.
 */
service_code: string | null, 
/**
 * The service's own message. It may change: branch on the code.
 */
service_message: string | null, 
/**
 * The id with which Microsoft's support can find the call.
 */
request_id: string | null, 
/**
 * The time that the service asks us to wait, in seconds.
 */
retry_after: number | null, 
/**
 * Whether the same step may succeed if repeated later unchanged.
 */
retryable: boolean, 
/**
 * What to do about it.
 */
hint: string, 
/**
 * The beginning of the reply's body, redacted.
 */
body: string | null, 
/**
 * The causes as text, from the nearest to the first; at most four.
 */
causes: Array<string>, };

/**
 * Something that happened, for progress displays and logs. Contains no secret.
 */
export type Event = { 
/**
 * The device's index in the call, from 0; unset if the event concerns the whole run.
 */
index: number | null, 
/**
 * The device as the caller named it.
 */
device: string | null, 
/**
 * When it happened, by the caller's clock.
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
 * Whose action it is.
 */
adoption: Adoption, 
/**
 * Its status.
 */
status: ActionStatus, 
/**
 * Its requestor, according to the service.
 */
requestor: string | null, 
/**
 * Its comment, according to the service.
 */
requestor_comment: string | null, 
/**
 * Whether the service names the owner of this run's token as the requestor.
 */
is_same_account: boolean, } | { "event": "continued", 
/**
 * The key.
 */
key: string, 
/**
 * When the package was requested.
 */
asked: string, } | { "event": "doubtful", 
/**
 * The reason.
 */
code: Code, } | { "event": "ended", 
/**
 * The outcome's name.
 */
outcome: string, 
/**
 * The error's code, if there is an error.
 */
code: Code | null, } | { "event": "link_issued", 
/**
 * The number of links so far, including this one.
 */
count: number, } | { "event": "passed_over", 
/**
 * The id of the chosen one.
 */
machine: MachineId, 
/**
 * The others.
 */
candidates: Array<Candidate>, } | { "event": "progress", 
/**
 * The bytes so far.
 */
received: number, 
/**
 * The size of the whole package in bytes, if the service gave it.
 */
total: number | null, } | { "event": "resolved", 
/**
 * Its id.
 */
machine: MachineId, 
/**
 * Its fully qualified name.
 */
name: string | null, } | { "event": "retrying", 
/**
 * The reason.
 */
code: Code, 
/**
 * The error in words.
 */
message: string, 
/**
 * The wait in seconds.
 */
seconds: number, } | { "event": "status", 
/**
 * The new status.
 */
status: ActionStatus, } | { "event": "throttled", 
/**
 * The quota class.
 */
quota: QuotaClass, 
/**
 * The wait in seconds.
 */
seconds: number, } | { "event": "unverified", 
/**
 * The file name.
 */
name: string, 
/**
 * The size in bytes.
 */
size: number, 
/**
 * The SHA-256 in lower-case hexadecimal.
 */
sha256: string, 
/**
 * The number of members in the package.
 */
members: number, 
/**
 * The number of findings that could harm or mislead a careless reader, or that name what
 * could not be checked.
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
 * The size in bytes.
 */
size: number, 
/**
 * The SHA-256 in lower-case hexadecimal.
 */
sha256: string, 
/**
 * The number of members in the package.
 */
members: number, 
/**
 * The number of findings that could harm or mislead a careless reader without making the
 * package damaged.
 */
findings: number, } | { "event": "warning", 
/**
 * The warning in words.
 */
message: string, });

/**
 * Why an effect failed, as reported by the driver.
 */
export type Failure = { 
/**
 * What happened.
 */
message: string, 
/**
 * The system's or library's own error code, such as `ENOSPC` or `ECONNREFUSED`.
 */
code?: string, 
/**
 * Whether the head of a reply had arrived.
 */
hasHead?: boolean, 
/**
 * Whether the body was larger than allowed.
 */
isTooLarge?: boolean, 
/**
 * Whether the time limit was reached.
 */
isTimeout?: boolean, 
/**
 * Whether the reply was a redirect that could not be read.
 */
isRedirect?: boolean, 
/**
 * Whether certainly no byte of the request was sent.
 */
isUnsent?: boolean, };

/**
 * Whose fault an error was.
 */
export type Fault = "api" | "build" | "package" | "response" | "transport" | "workflow";

/**
 * A driver's result for an effect; only the fields that the effect asks for are set.
 */
export type EffectResult = { 
/**
 * Why the effect failed.
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
 * The target of a redirect, as an absolute URL.
 */
location?: string, 
/**
 * The file's size in bytes; unset if there is no file.
 */
length?: number, 
/**
 * Whether it is a regular file.
 */
isFile?: boolean, 
/**
 * Whether a file of that name exists.
 */
exists?: boolean, 
/**
 * A token or a JWT.
 */
token?: string, 
/**
 * The token's lifetime in seconds.
 */
expiresIn?: number, 
/**
 * A body, a chunk, or part of a file; unset at the end of a chunked body.
 */
bytes?: Uint8Array, };

/**
 * A time limit.
 */
export type Limit = "deadline" | "timeout";

/**
 * A device. Source: Microsoft's page "Machine resource type", 2025-12.
 */
export type Machine = { 
/**
 * The device's id.
 */
id: MachineId, 
/**
 * The device that this one was merged into; undocumented.
 */
mergedIntoMachineId: MachineId | null, 
/**
 * Whether it may be a duplicate of another; undocumented.
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
 * The time of its last full report, which is sent about once a day: yesterday does not mean
 * offline.
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
 * The status of its antivirus; undocumented.
 */
defenderAvStatus: string | null, 
/**
 * The health of its sensor.
 */
healthStatus: MachineHealthStatus | null, 
/**
 * Whether it is onboarded; `onboardingstatus` is read too.
 */
onboardingStatus: OnboardingStatus | null, 
/**
 * Its value to its owner.
 */
deviceValue: DeviceValue | null, 
/**
 * The id of its device group, 0 for none. It is a string on Microsoft's page and a number on
 * the wire; both are read.
 */
rbacGroupId: number | null, 
/**
 * The name of its device group.
 */
rbacGroupName: string | null, 
/**
 * Its risk score.
 */
riskScore: RiskScore | null, 
/**
 * Its exposure level.
 */
exposureLevel: ExposureLevel | null, 
/**
 * Whether it is joined to Entra.
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
 * The cloud's data on a virtual machine.
 */
vmMetadata: VmMetadata | null, 
/**
 * What manages it; undocumented.
 */
managedBy: DeviceManagedBy | null, 
/**
 * The status of its management; undocumented.
 */
managedByStatus: DeviceManagedByStatus | null, };

/**
 * An action on a device. Source: Microsoft's page "`MachineAction` resource type", 2025-11.
 */
export type MachineAction = { 
/**
 * The action's id.
 */
id: ActionId, 
/**
 * The type of the action; `type` on the wire.
 */
type: ActionType, 
/**
 * The status of the action.
 */
status: ActionStatus, 
/**
 * A title, for some types.
 */
title: string | null, 
/**
 * The scope, for isolation and scans.
 */
scope: string | null, 
/**
 * The requestor: a user's principal name, or an app's id or name.
 */
requestor: string | null, 
/**
 * The requestor's comment.
 */
requestorComment: string | null, 
/**
 * The caller's own id for the action; `externalID` is read too.
 */
externalId: string | null, 
/**
 * The origin of the action.
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
 * When it was requested.
 */
creationDateTimeUtc: string | null, 
/**
 * When it last changed; `lastUpdateTimeUtc`, as in the documentation's samples, is read too.
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
 * A Windows HRESULT, 0 for success; `errorResult` is read too.
 */
errorHResult: number | null, 
/**
 * The file that the action concerns, for some types.
 */
relatedFileInfo: RelatedFileInfo | null, 
/**
 * The commands that were run, for live response.
 */
commands: Array<CommandResult>, 
/**
 * Undocumented; seen as an object and as a string, and kept unchanged.
 */
troubleshootInfo: unknown, };

/**
 * The service's id of a device, usually 40 hex digits.
 */
export type MachineId = string;

/**
 * The permission that a token needs: one of the roles (for an app) or one of the scopes (for a
 * user).
 */
export type OperationNeed = { 
/**
 * The step that needs it.
 */
step: string, 
/**
 * Permissions for an app.
 */
roles: Array<string>, 
/**
 * Permissions for a user.
 */
scopes: Array<string>, };

/**
 * The properties of an operation; login operations have none.
 */
export type OperationProperties = { 
/**
 * The HTTP method.
 */
method: string, 
/**
 * The statuses that mean success.
 */
success: Array<number>, 
/**
 * The quota that a call uses.
 */
quota: QuotaClass, 
/**
 * The limits as pairs of calls and seconds; all of them apply.
 */
limits: Array<[number, number]>, 
/**
 * Whether the call can safely be repeated.
 */
repeatable: boolean, 
/**
 * The permission that a token needs.
 */
need: OperationNeed, 
/**
 * The largest body of a reply, in bytes.
 */
bodyLimit: number, };

/**
 * The quota that a call uses: each endpoint has its own.
 */
export type QuotaClass = "available_actions" | "cancel_machine_action" | "collect" | "find_machines_by_ip" | "find_machines_by_tag" | "get_machine" | "get_machine_action" | "list_machine_actions" | "list_machines" | "package_uri";

/**
 * A package in the output folder.
 */
export type Stored = { 
/**
 * Its file name in the output folder.
 */
name: string, 
/**
 * The size in bytes.
 */
size: number, 
/**
 * The SHA-256 in lower-case hexadecimal.
 */
sha256: string, 
/**
 * Whether every byte was verified. Never `damaged`: a damaged package has another name.
 */
verdict: Verdict, };

/**
 * The result of verifying a package; the same word in the manifest, the events and the report.
 */
export type Verdict = "damaged" | "unverified" | "whole";

/**
 * One effect that work asks its driver to carry out. File names are plain names in the output
 * folder.
 */
export type Effect = { "kind": "assertion", 
/**
 * The token endpoint, which is the JWT's audience.
 */
audience: string, } | { "kind": "chunk", 
/**
 * The time limit in seconds.
 */
seconds: number, } | { "kind": "create", 
/**
 * The file name.
 */
name: string, 
/**
 * The whole content.
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
 * The time limit for the head, in seconds.
 */
seconds: number, } | { "kind": "keep", 
/**
 * The file name.
 */
name: string, 
/**
 * The offset in bytes.
 */
at: number, } | { "kind": "lock", 
/**
 * The file name.
 */
name: string, } | { "kind": "look", 
/**
 * The file name.
 */
name: string, } | { "kind": "progress", 
/**
 * The bytes received so far.
 */
received: number, 
/**
 * The total number of bytes, if known.
 */
total: number | null, } | { "kind": "read", 
/**
 * The file name.
 */
name: string, 
/**
 * The offset in bytes.
 */
at: number, 
/**
 * The maximum number of bytes.
 */
length: number, } | { "kind": "remove", 
/**
 * The file name.
 */
name: string, } | { "kind": "rename", 
/**
 * The current name.
 */
name: string, 
/**
 * The new name.
 */
to: string, } | { "kind": "replace", 
/**
 * The file name.
 */
name: string, 
/**
 * The whole content.
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
 * The maximum size of the reply's body, in bytes.
 */
bodyLimit: number, 
/**
 * The time limit for the whole reply, in seconds.
 */
seconds: number, } | { "kind": "sync", 
/**
 * The file name.
 */
name: string | null, } | { "kind": "truncate", 
/**
 * The file name.
 */
name: string, 
/**
 * The length in bytes.
 */
length: number, } | { "kind": "unlock", 
/**
 * The file name.
 */
name: string, } | { "kind": "wait", 
/**
 * The time to wait for.
 */
until: number, };

/**
 * The machine action of a handle.
 */
export type ActionOfHandle = { 
/**
 * Its id.
 */
id: ActionId, 
/**
 * Whose action it is.
 */
adoption: Adoption, 
/**
 * When the service created it.
 */
created: string | null, 
/**
 * Its requestor, according to the service.
 */
requestor: string | null, 
/**
 * Its comment, according to the service.
 */
requestor_comment: string | null, 
/**
 * The last status seen.
 */
status: ActionStatus, 
/**
 * The service's time at which it was accepted or adopted here.
 */
accepted: string | null, };

/**
 * The device of a handle.
 */
export type MachineOfHandle = { 
/**
 * Its id.
 */
id: MachineId, 
/**
 * Its fully qualified name.
 */
name: string | null, };

/**
 * The status of an action (`actionStatus`).
 */
export type ActionStatus = "Cancelled" | "Failed" | "InProgress" | "Pending" | "Succeeded" | "TimeOut" | string & {};

/**
 * The type of an action (`actionType`).
 */
export type ActionType = "Block" | "CollectInvestigationPackage" | "DisableActiveDirectoryUser" | "EnableActiveDirectoryUser" | "EndpointConfigManagementCheckin" | "ImmuneActiveDirectoryCustomPlaybook" | "Isolate" | "LiveResponse" | "LogsCollection" | "Offboard" | "RegenerateId" | "RequestSample" | "ResetPasswordActiveDirectoryUser" | "RestrictCodeExecution" | "RunAntiVirusScan" | "StopAndQuarantineFile" | "TokenRefresh" | "Troubleshoot" | "Unisolate" | "Unknown" | "UnrestrictCodeExecution" | string & {};

/**
 * A live-response command.
 */
export type LiveResponseCommand = { 
/**
 * The command's type; `type` on the wire.
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
 * A live-response command and its result.
 */
export type CommandResult = { 
/**
 * Its index among the commands, from 0.
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
 * The command's status.
 */
commandStatus: CustomPlaybookCommandStatus | null, 
/**
 * Its errors.
 */
errors: Array<string>, };

/**
 * The type of a live-response command (`CustomPlaybookActionTypes`).
 */
export type CustomPlaybookActionTypes = "GetFile" | "PutFile" | "RunPowerShell" | "RunScript" | string & {};

/**
 * The status of a live-response command (`CustomPlaybookCommandStatus`).
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
 * The status of a device's management (`DeviceManagedByStatus`).
 */
export type DeviceManagedByStatus = "Error" | "Success" | "Unknown" | string & {};

/**
 * A device's value to its owner (`DeviceValue`).
 */
export type DeviceValue = "High" | "Low" | "Normal" | string & {};

/**
 * Why a device is excluded (`ExclusionReason`).
 */
export type ExclusionReason = "DeviceDoesNotExist" | "DeviceOutOfScope" | "DuplicateDevice" | "InactiveDevice" | "Other" | string & {};

/**
 * A device's exposure level (`ExposureLevel`).
 */
export type ExposureLevel = "High" | "Low" | "Medium" | "None" | string & {};

/**
 * The kind of a file identifier (`fileIdentifierType`).
 */
export type FileIdentifierType = "Md5" | "Sha1" | "Sha256" | string & {};

/**
 * The type of an action that a device may support (`FullActionType`).
 */
export type FullActionType = "CollectInvestigationPackage" | "DisableActiveDirectoryUser" | "EnableActiveDirectoryUser" | "FullIsolation" | "ImmuneActiveDirectoryCustomPlaybook" | "InitiateInvestigation" | "LiveResponse" | "LiveResponsePortal" | "LogsCollection" | "OffBoard" | "RegenerateId" | "ResetPasswordActiveDirectoryUser" | "RestrictCodeExecution" | "RunAntiVirusScan" | "SelectiveIsolation" | "StopAndQuarantineFile" | "TokenRefresh" | "Troubleshoot" | "UnManagedDeviceIsolation" | "UnManagedDeviceUnisolation" | "Unisolation" | "Unknown" | "UnrestrictCodeExecution" | string & {};

/**
 * The type of a network interface (`InterfaceType`).
 */
export type InterfaceType = "ATM" | "Ethernet" | "IEEE1394" | "IEEE80211" | "Other" | "PPP" | "SoftwareLoopback" | "TokenRing" | "Tunnel" | "Unknown" | string & {};

/**
 * The status of a network interface (`IpInterfaceOperationalStatus`).
 */
export type IpInterfaceOperationalStatus = "Dormant" | "Down" | "LowerLayerDown" | "Present" | "Testing" | "Unknown" | "Up" | string & {};

/**
 * The origin of an action (`KnownRequestSource`).
 */
export type KnownRequestSource = "ActiveScan" | "BulkAction" | "CustomDetection" | "EndpointConfigManagement" | "IncidentTasks" | "ISG" | "MCAS" | "MDI" | "NDR" | "Portal" | "PublicApi" | "TVM" | "Unspecified" | string & {};

/**
 * The health of a device's sensor (`MachineHealthStatus`).
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
 * The type of the interface; `type` on the wire.
 */
type: InterfaceType | null, 
/**
 * The status of the interface.
 */
operationalStatus: IpInterfaceOperationalStatus | null, };

/**
 * Whether a device is onboarded (`OnboardingStatus`).
 */
export type OnboardingStatus = "CanBeOnboarded" | "InsufficientInfo" | "Onboarded" | "Unsupported" | string & {};

/**
 * A file that an action concerns.
 */
export type RelatedFileInfo = { 
/**
 * The file's hash.
 */
fileIdentifier: string | null, 
/**
 * The kind of hash.
 */
fileIdentifierType: FileIdentifierType | null, };

/**
 * A device's risk score (`RiskScore`).
 */
export type RiskScore = "High" | "Informational" | "Low" | "Medium" | "None" | string & {};

/**
 * The cloud of a virtual machine (`vmCloudProvider`).
 */
export type VmCloudProvider = "Azure" | "Unknown" | string & {};

/**
 * The cloud's data on a virtual machine.
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
 * An answer to a ticket of the engine. `goodFor` is in seconds from now; `monotonic` is a time of
 * the driver's clock.
 *
 * - `broken`: the head of a reply arrived, but not its whole body.
 * - `claimed`: the claim is granted; `claimHeld`: another run has the device or the package, ask
 *   again at that time.
 * - `fetched`: all bytes are in the `.part` file; `notFetched`: the download failed or is
 *   incomplete.
 * - `granted`: the call may be sent, under a permit number chosen by the driver; `until`: not
 *   before that time.
 * - `held`: what the folder has: nothing; a part, with `received`; the package, with `size`,
 *   `sha256` and `verdict`; or something that is in the way, with `conflict`.
 * - `notSent`: no byte of the request was sent; `unknown`: it may have arrived or not.
 * - `reply`: the whole reply.
 * - `sealed`: the package and its manifest are in place; `notSealed`: it is damaged or could not
 *   be put in place.
 * - `token`: a token; `tokenFailed`: no token is available.
 */
export type Answer = { "kind": "broken", message: string, 
/**
 * Default: `connection_lost`.
 */
code?: Code, } | { "kind": "claimed" } | { "kind": "claimHeld", monotonic: number, } | { "kind": "fetched", 
/**
 * The size in bytes.
 */
size: number, 
/**
 * The SHA-256 in lower-case hexadecimal.
 */
sha256: string, } | { "kind": "granted", permit: number, } | { "kind": "held", 
/**
 * The size of a part in bytes.
 */
received?: number, 
/**
 * The part's strong entity tag.
 */
validator?: string, 
/**
 * The size of the whole package in bytes, for a part.
 */
total?: number, 
/**
 * The size of the package in bytes.
 */
size?: number, 
/**
 * The package's SHA-256 in lower-case hexadecimal.
 */
sha256?: string, 
/**
 * Its manifest's verdict: `whole` or `unverified`.
 */
verdict?: Verdict, 
/**
 * Why the file cannot be used.
 */
conflict?: string, 
/**
 * The code of a conflict; default: `file_exists`.
 */
code?: Code, } | { "kind": "notFetched", 
/**
 * The link is dead, the download was interrupted, the content is not a package, or the
 * folder could not be written.
 */
reason: "dead" | "interrupted" | "output" | "refused", message: string, 
/**
 * Default, depending on the reason: `link_dead`, `connection_lost`, `not_a_package` or
 * `output_failed`.
 */
code?: Code, 
/**
 * The part that is kept of an interrupted download.
 */
part?: Part, } | { "kind": "notSealed", message: string, damaged: boolean, } | { "kind": "notSent", message: string, } | { "kind": "reply", status: number, headers: Array<[string, string]>, 
/**
 * The body, decoded from its content encoding.
 */
body: Uint8Array | ArrayBuffer | string, } | { "kind": "sealed", 
/**
 * The number of members.
 */
members: number, 
/**
 * The number of findings that could harm or mislead a careless reader.
 */
findings: number, 
/**
 * What could not be checked, and why.
 */
unverified?: string, } | { "kind": "token", token: string, goodFor: number, } | { "kind": "tokenFailed", message: string, 
/**
 * Default: `credential_failed`.
 */
code?: Code, 
/**
 * The time that the login service asks us to wait, in seconds.
 */
retryAfter?: number, } | { "kind": "unknown", message: string, } | { "kind": "until", monotonic: number, };

/**
 * The result of cancelling.
 */
export type Cancelled = { action: MachineAction, handle: string, };

/**
 * A caller's settings of a client.
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
 * Whether the caller signs JWTs instead of using a secret.
 */
signsAssertions?: boolean, 
/**
 * The cloud or region, such as `commercial` (the default), `eu` or `gcc-high`.
 */
cloud?: string, 
/**
 * The API's base URL, instead of the cloud's own.
 */
baseUrl?: string, 
/**
 * The login service's base URL, instead of the cloud's own.
 */
loginUrl?: string, 
/**
 * The resource of tokens, instead of the cloud's own.
 */
resource?: string, 
/**
 * How many seconds the clock advances per real second; only with an emulator on this machine.
 */
timeScale?: number, 
/**
 * How the service counts calls: per `endpoint` (the default) or per `app`.
 */
quotaScope?: "endpoint" | "app", 
/**
 * Which share of the quotas is ours, above 0 and at most 1 (default: 1).
 */
quotaShare?: number, };

/**
 * A code and its properties.
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
 * Whether the same step may succeed if repeated later unchanged.
 */
retryable: boolean, 
/**
 * What to do about it.
 */
hint: string, };

/**
 * A command for the driver of the engine. Times are seconds of the clock that the driver passes
 * in.
 *
 * - `abort`: abort this send or fetch; its answer will be ignored.
 * - `claim`: claim the collection for this run until a record says that it has ended; with
 *   `wantsDevice` also its device, until a record says that it was accepted or has ended. Answer
 *   `claimed` or `claimHeld`.
 * - `done`: the run is over.
 * - `event`: something that a person may want to see.
 * - `fetch`: stream the package into `name` plus `.part`. Answer `fetched` or `notFetched`.
 * - `inspect`: report what the output folder has under this name. Answer `held`.
 * - `permit`: ask whether a call of this quota may be sent now. Answer `granted` or `until`.
 * - `record`: append the record durably, then call `recorded` or `recordFailed`; several may share
 *   one sync.
 * - `seal`: turn `name` plus `.part` into evidence. Answer `sealed` or `notSealed`.
 * - `send`: send this request once, unchanged. Answer `reply`, `notSent`, `unknown` or `broken`.
 * - `settle`: count the permit from now.
 * - `token`: get a token for the API. Answer `token` or `tokenFailed`.
 * - `wait`: wait for an answer or for that time.
 */
export type Command = { "kind": "abort", ticket: number, } | { "kind": "claim", ticket: number, tenant: string, machine: MachineId, wantsDevice: boolean, } | { "kind": "done", 
/**
 * One row per device, in the order of the call.
 */
rows: Array<Row>, } | { "kind": "event", event: Event, } | { "kind": "fetch", ticket: number, 
/**
 * The package's link; a secret.
 */
link: string, name: string, 
/**
 * The part that was received before.
 */
resume: Part | null, } | { "kind": "inspect", ticket: number, name: string, } | { "kind": "permit", ticket: number, quota: QuotaClass, } | { "kind": "record", seq: number, 
/**
 * The record as JSON, for a line of a ledger.
 */
record: string, } | { "kind": "seal", ticket: number, name: string, 
/**
 * The package's origin as JSON, for the manifest.
 */
custody: string, 
/**
 * The size in bytes.
 */
size: number, 
/**
 * The SHA-256 in lower-case hexadecimal.
 */
sha256: string, 
/**
 * Whether to keep a damaged package under another name.
 */
keepDamaged: boolean, } | { "kind": "send", ticket: number, 
/**
 * The request; its `authorization` header is a secret.
 */
request: OperationRequest, 
/**
 * The maximum size of the reply's body, in bytes.
 */
bodyLimit: number, 
/**
 * The monotonic time after which it must not be sent.
 */
notAfter: number, } | { "kind": "settle", permit: number, settlement: Settled, 
/**
 * The time that the service asks us to wait in seconds, if it was `throttled`.
 */
seconds: number, } | { "kind": "token", ticket: number, 
/**
 * A token that the service refused; a secret.
 */
rejected: string | null, } | { "kind": "wait", until: number | null, };

/**
 * The starting points of an engine.
 */
export type EngineStarts = { 
/**
 * Names, ids or addresses of devices.
 */
devices?: Array<string>, 
/**
 * Handles (JSON) of collections to continue, after the devices.
 */
handles?: Array<string>, 
/**
 * Handles (JSON) that a ledger knows. With a key, a device among them continues where it
 * stopped; for a handle, the more advanced state wins.
 */
known?: Array<string>, };

/**
 * An order for the driver of a run.
 */
export type Order = { "kind": "abort", ticket: number, } | { "kind": "append", text: string, sync: boolean, } | { "kind": "done", rows: Array<Row>, next: number | null, } | { "kind": "event", event: Event, } | { "kind": "start", ticket: number, seal: boolean, } | { "kind": "wait", until: number | null, };

/**
 * The part of a package that was received.
 */
export type Part = { 
/**
 * The number of bytes received.
 */
received: number, 
/**
 * Its strong entity tag, if it has one.
 */
validator: string | null, 
/**
 * The size of the whole package in bytes, if the service gave it.
 */
total: number | null, };

/**
 * An error and its class in `npm/src/errors.ts`.
 */
export type Raised = { class: string, error: ErrorFields, };

/**
 * A request, to be sent unchanged.
 */
export type OperationRequest = { method: string, url: string, headers: Array<[string, string]>, body: string | null, };

/**
 * The result of one device, and everything known about it.
 */
export type Row = { 
/**
 * The device as the caller named it.
 */
device: string, 
/**
 * The outcome, such as `collected`.
 */
outcome: string, 
/**
 * Whether the caller has what was requested.
 */
succeeded: boolean, 
/**
 * Whether the handle can be resumed with a chance of success.
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
 * Why the caller did not get what was requested.
 */
thrown: Raised | null, 
/**
 * What caused the delay, if a time limit was reached.
 */
trouble: Raised | null, 
/**
 * The devices that match the name, if there are several.
 */
candidates: Array<Candidate> | null, 
/**
 * The other devices that match the name, if one of several was chosen.
 */
passedOver: Array<Candidate>, 
/**
 * When an earlier run with the same key requested the package that this run continued with.
 */
earlier: string | null, 
/**
 * Whether the service names this client's own app or user as the action's requestor, as far as both are known.
 */
isSameAccount: boolean, 
/**
 * The limit that was reached.
 */
limit: Limit | null, 
/**
 * The handle from which a later run can resume, as JSON.
 */
handle: string, };

/**
 * A caller's settings of a run. Anything unset has its default.
 */
export type RunSettings = { 
/**
 * Why the evidence is collected; sent to the service.
 */
comment?: string, 
/**
 * A name for this collection, such as an incident number: a later run with the same key adopts
 * it.
 */
key?: string, 
/**
 * The limit from acceptance to the end at the service, in seconds (default: 30 minutes).
 */
timeout?: number, 
/**
 * The limit of the whole call, in seconds (default: 12 hours).
 */
deadline?: number, 
/**
 * The interval between polls, in seconds (default: growing from 10 to 30).
 */
pollEvery?: number, 
/**
 * `newest` takes the device that reported last if several match the name (default: `never`).
 */
pick?: "never" | "newest", 
/**
 * Whether to check the token's permissions and the device's actions first (default: yes).
 */
preflight?: boolean, 
/**
 * Whether to append a marker to the comment, so that a lost reply can be recovered (default:
 * yes).
 */
markComment?: boolean, 
/**
 * Whether to send the marker as `ExternalId` too (default: yes).
 */
sendExternalId?: boolean, 
/**
 * The maximum number of devices between search and acceptance at one time (default: 16).
 */
concurrency?: number, 
/**
 * The maximum number of concurrent downloads (default: 4).
 */
downloads?: number, 
/**
 * How far to go (default: `collected` with a folder, otherwise `ready`).
 */
until?: "collected" | "ready" | "requested", };

/**
 * The result of a call that had a permit.
 */
export type Settled = "answered" | "throttled" | "unused";

/**
 * The starting points of a run, and its limits.
 */
export type Starts = { 
/**
 * Names, ids or addresses of devices.
 */
devices?: Array<string>, 
/**
 * Handles of collections to continue.
 */
handles?: Array<string>, 
/**
 * Whether to continue everything that the ledger knows.
 */
fromLedger?: boolean, 
/**
 * The output folder's name; unset if nothing is downloaded.
 */
folder?: string, 
/**
 * The time after which the run returns, in seconds.
 */
budget?: number, 
/**
 * Whether to return earlier if there is nothing to do but wait.
 */
noWaiting?: boolean, 
/**
 * Whether to ask only once for the state of collections; then a bad end, or none yet, is not
 * an error.
 */
refresh?: boolean, };
