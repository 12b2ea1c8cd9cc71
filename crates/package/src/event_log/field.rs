/// A field of an event's data that has its own column, for questions about logons, processes,
/// services, tasks and groups.
///
/// Each has Windows's own name for the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// Domain of the session's account; shares the column of
    /// [`TargetDomainName`](Self::TargetDomainName).
    AccountDomain,
    /// Name of the session's account; shares the column of
    /// [`TargetUserName`](Self::TargetUserName).
    AccountName,
    /// Authentication package, such as `NTLM` or `Kerberos` (4624, 4625).
    AuthenticationPackageName,
    /// Address of a session's client; shares the column of [`IpAddress`](Self::IpAddress).
    ClientAddress,
    /// Name of a session's client; shares the column of [`WorkstationName`](Self::WorkstationName).
    ClientName,
    /// Command line of a new process (4688), if its auditing is enabled.
    CommandLine,
    /// Why a logon failed (4625), as a `%%` number.
    FailureReason,
    /// Address a logon came from.
    IpAddress,
    /// Port a logon came from.
    IpPort,
    /// GUID that links a logon to events of the domain controller.
    LogonGuid,
    /// Logon session of a remote session; shares the column of
    /// [`TargetLogonId`](Self::TargetLogonId).
    LogonId,
    /// Process that requested a logon, such as `User32` or `NtLmSsp`.
    LogonProcessName,
    /// Logon type: 2 interactive, 3 network, 10 remote interactive and others.
    LogonType,
    /// Distinguished name of the account added to or removed from a group (4732).
    MemberName,
    /// SID of the account added to or removed from a group (4732).
    MemberSid,
    /// Process id of a new process (4688).
    NewProcessId,
    /// Path of a new process (4688).
    NewProcessName,
    /// Package that validated credentials; shares the column of
    /// [`AuthenticationPackageName`](Self::AuthenticationPackageName).
    PackageName,
    /// Path of the process that started a new one (4688).
    ParentProcessName,
    /// Privileges of a logon (4672).
    PrivilegeList,
    /// Process id of the process concerned; for a new process (4688), of the one that started it.
    ProcessId,
    /// Path of the process concerned.
    ProcessName,
    /// Account that a new service runs under (4697).
    ServiceAccount,
    /// Command line of a new service (4697).
    ServiceFileName,
    /// Name of a new service (4697).
    ServiceName,
    /// How a new service starts (4697).
    ServiceStartType,
    /// Type of a new service (4697).
    ServiceType,
    /// NTSTATUS of a failed logon (4625).
    Status,
    /// Domain of the account that performed the action.
    SubjectDomainName,
    /// Logon session of the account that performed the action.
    SubjectLogonId,
    /// Name of the account that performed the action.
    SubjectUserName,
    /// SID of the account that performed the action.
    SubjectUserSid,
    /// NTSTATUS with more detail on a failed logon (4625).
    SubStatus,
    /// Domain of the account that was acted on, or that logged on.
    TargetDomainName,
    /// Logon session of the account that was acted on, or that logged on.
    TargetLogonId,
    /// Server that credentials were used for (4648).
    TargetServerName,
    /// SID of the account, group or logon that was acted on.
    TargetUserSid,
    /// Name of the account or group that was acted on, or that logged on.
    TargetUserName,
    /// XML of a new scheduled task (4698).
    TaskContent,
    /// Name of a new scheduled task (4698).
    TaskName,
    /// Name of the machine that credentials came from; shares the column of
    /// [`WorkstationName`](Self::WorkstationName).
    Workstation,
    /// Name of the machine a logon came from.
    WorkstationName,
}

impl Field {
    /// All fields with their own column, in the order of the columns.
    pub const ALL: &'static [Self] = &[
        Self::TargetUserSid,
        Self::TargetUserName,
        Self::TargetDomainName,
        Self::TargetLogonId,
        Self::SubjectUserSid,
        Self::SubjectUserName,
        Self::SubjectDomainName,
        Self::SubjectLogonId,
        Self::LogonType,
        Self::IpAddress,
        Self::IpPort,
        Self::WorkstationName,
        Self::LogonProcessName,
        Self::AuthenticationPackageName,
        Self::LogonGuid,
        Self::Status,
        Self::SubStatus,
        Self::FailureReason,
        Self::ProcessId,
        Self::ProcessName,
        Self::NewProcessId,
        Self::NewProcessName,
        Self::ParentProcessName,
        Self::CommandLine,
        Self::TargetServerName,
        Self::PrivilegeList,
        Self::ServiceName,
        Self::ServiceFileName,
        Self::ServiceType,
        Self::ServiceStartType,
        Self::ServiceAccount,
        Self::TaskName,
        Self::TaskContent,
        Self::MemberName,
        Self::MemberSid,
    ];

    /// The name of its column.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::AuthenticationPackageName | Self::PackageName => "authentication_package",
            Self::CommandLine => "command_line",
            Self::FailureReason => "failure_reason",
            Self::ClientAddress | Self::IpAddress => "ip_address",
            Self::IpPort => "ip_port",
            Self::LogonGuid => "logon_guid",
            Self::LogonProcessName => "logon_process_name",
            Self::LogonType => "logon_type",
            Self::MemberName => "member_name",
            Self::MemberSid => "member_sid",
            Self::NewProcessId => "new_process_id",
            Self::NewProcessName => "new_process_name",
            Self::ParentProcessName => "parent_process_name",
            Self::PrivilegeList => "privilege_list",
            Self::ProcessId => "about_process_id",
            Self::ProcessName => "process_name",
            Self::ServiceAccount => "service_account",
            Self::ServiceFileName => "service_file_name",
            Self::ServiceName => "service_name",
            Self::ServiceStartType => "service_start_type",
            Self::ServiceType => "service_type",
            Self::Status => "status",
            Self::SubjectDomainName => "subject_domain_name",
            Self::SubjectLogonId => "subject_logon_id",
            Self::SubjectUserName => "subject_user_name",
            Self::SubjectUserSid => "subject_user_sid",
            Self::SubStatus => "sub_status",
            Self::AccountDomain | Self::TargetDomainName => "target_domain_name",
            Self::LogonId | Self::TargetLogonId => "target_logon_id",
            Self::TargetServerName => "target_server_name",
            Self::AccountName | Self::TargetUserName => "target_user_name",
            Self::TargetUserSid => "target_user_sid",
            Self::TaskContent => "task_content",
            Self::TaskName => "task_name",
            Self::ClientName | Self::Workstation | Self::WorkstationName => "workstation_name",
        }
    }

    /// How many fields are known, those that share a column included.
    pub(super) const COUNT: usize = Self::WorkstationName as usize + 1;

    /// The field that events of this number have in its place: other events use the same name for other things.
    ///
    /// Source: Microsoft, "4776(S, F): The computer attempted to validate the credentials for an account", "4778(S): A
    /// session was reconnected to a Window Station", "4779(S): A session was disconnected from a Window Station",
    /// "4825(S): A user was denied the access to Remote Desktop".
    pub(super) fn instead(self, event_id: Option<u32>) -> Option<Self> {
        Some(match (event_id?, self) {
            (4776, Self::AuthenticationPackageName) => Self::PackageName,
            (4776, Self::WorkstationName) => Self::Workstation,
            (4778 | 4779 | 4825, Self::TargetLogonId) => Self::LogonId,
            (4778 | 4779, Self::WorkstationName) => Self::ClientName,
            (4778 | 4779 | 4825, Self::IpAddress) => Self::ClientAddress,
            (4778 | 4779 | 4825, Self::TargetDomainName) => Self::AccountDomain,
            (4778 | 4779 | 4825, Self::TargetUserName) => Self::AccountName,
            _ => return None,
        })
    }

    /// The field of this name in an event's data.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "AccountDomain" => Self::AccountDomain,
            "AccountName" => Self::AccountName,
            "AuthenticationPackageName" => Self::AuthenticationPackageName,
            "ClientAddress" => Self::ClientAddress,
            "ClientName" => Self::ClientName,
            "CommandLine" => Self::CommandLine,
            "FailureReason" => Self::FailureReason,
            "IpAddress" => Self::IpAddress,
            "IpPort" => Self::IpPort,
            "LogonGuid" => Self::LogonGuid,
            "LogonID" => Self::LogonId,
            "LogonProcessName" => Self::LogonProcessName,
            "LogonType" => Self::LogonType,
            "MemberName" => Self::MemberName,
            "MemberSid" => Self::MemberSid,
            "NewProcessId" => Self::NewProcessId,
            "NewProcessName" => Self::NewProcessName,
            "PackageName" => Self::PackageName,
            "ParentProcessName" => Self::ParentProcessName,
            "PrivilegeList" => Self::PrivilegeList,
            "ProcessId" => Self::ProcessId,
            "ProcessName" => Self::ProcessName,
            "ServiceAccount" => Self::ServiceAccount,
            "ServiceFileName" => Self::ServiceFileName,
            "ServiceName" => Self::ServiceName,
            "ServiceStartType" => Self::ServiceStartType,
            "ServiceType" => Self::ServiceType,
            "Status" => Self::Status,
            "SubStatus" => Self::SubStatus,
            "SubjectDomainName" => Self::SubjectDomainName,
            "SubjectLogonId" => Self::SubjectLogonId,
            "SubjectUserName" => Self::SubjectUserName,
            "SubjectUserSid" => Self::SubjectUserSid,
            "TargetDomainName" => Self::TargetDomainName,
            "TargetLogonId" => Self::TargetLogonId,
            "TargetServerName" => Self::TargetServerName,
            "TargetSid" | "TargetUserSid" => Self::TargetUserSid,
            "TargetUserName" => Self::TargetUserName,
            "TaskContent" => Self::TaskContent,
            "TaskName" => Self::TaskName,
            "Workstation" => Self::Workstation,
            "WorkstationName" => Self::WorkstationName,
            _ => return None,
        })
    }
}
