/// A field of an event's data that has a column of its own, since questions about logons, processes,
/// services, tasks and groups need it.
///
/// Named as Windows names it; `#[non_exhaustive]`, so that more may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// Package that authenticated, such as `NTLM` or `Kerberos` (4624, 4625).
    AuthenticationPackageName,
    /// Command line of a new process (4688), where auditing of it is on.
    CommandLine,
    /// `%%` number of the reason why a logon failed (4625).
    FailureReason,
    /// Address that a logon came from.
    IpAddress,
    /// Port that a logon came from.
    IpPort,
    /// GUID that connects a logon with events of the domain controller.
    LogonGuid,
    /// Process that asked for a logon, such as `User32` or `NtLmSsp`.
    LogonProcessName,
    /// How somebody logged on: 2 interactive, 3 network, 10 remote interactive and others.
    LogonType,
    /// Distinguished name of the member that was added to or removed from a group (4732).
    MemberName,
    /// SID of the member that was added to or removed from a group (4732).
    MemberSid,
    /// Process id of a new process (4688).
    NewProcessId,
    /// Path of a new process (4688).
    NewProcessName,
    /// Path of the process that started a new one (4688).
    ParentProcessName,
    /// Privileges of a logon (4672).
    PrivilegeList,
    /// Process id of the process that an event is about; of a new process (4688), of the one that started it.
    ProcessId,
    /// Path of the process that an event is about.
    ProcessName,
    /// Account that a new service runs as (4697).
    ServiceAccount,
    /// Command line of a new service (4697).
    ServiceFileName,
    /// Name of a new service (4697).
    ServiceName,
    /// How a new service starts (4697).
    ServiceStartType,
    /// Type of a new service (4697).
    ServiceType,
    /// NTSTATUS of a logon that failed (4625).
    Status,
    /// Domain of the account that did it.
    SubjectDomainName,
    /// Logon session of the account that did it.
    SubjectLogonId,
    /// Name of the account that did it.
    SubjectUserName,
    /// SID of the account that did it.
    SubjectUserSid,
    /// NTSTATUS that says more about a logon that failed (4625).
    SubStatus,
    /// Domain of the account that it was done to, or that logged on.
    TargetDomainName,
    /// Logon session of the account that it was done to, or that logged on.
    TargetLogonId,
    /// Server that credentials were used for (4648).
    TargetServerName,
    /// SID of the account, group or logon that it was done to.
    TargetUserSid,
    /// Name of the account or group that it was done to, or that logged on.
    TargetUserName,
    /// XML of a new scheduled task (4698).
    TaskContent,
    /// Name of a new scheduled task (4698).
    TaskName,
    /// Name of the machine that a logon came from.
    WorkstationName,
}

impl Field {
    /// All of them, in the order of their columns.
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
            Self::AuthenticationPackageName => "authentication_package",
            Self::CommandLine => "command_line",
            Self::FailureReason => "failure_reason",
            Self::IpAddress => "ip_address",
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
            Self::TargetDomainName => "target_domain_name",
            Self::TargetLogonId => "target_logon_id",
            Self::TargetServerName => "target_server_name",
            Self::TargetUserName => "target_user_name",
            Self::TargetUserSid => "target_user_sid",
            Self::TaskContent => "task_content",
            Self::TaskName => "task_name",
            Self::WorkstationName => "workstation_name",
        }
    }

    /// The field of this name in an event's data.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "AuthenticationPackageName" => Self::AuthenticationPackageName,
            "CommandLine" => Self::CommandLine,
            "FailureReason" => Self::FailureReason,
            "IpAddress" => Self::IpAddress,
            "IpPort" => Self::IpPort,
            "LogonGuid" => Self::LogonGuid,
            "LogonProcessName" => Self::LogonProcessName,
            "LogonType" => Self::LogonType,
            "MemberName" => Self::MemberName,
            "MemberSid" => Self::MemberSid,
            "NewProcessId" => Self::NewProcessId,
            "NewProcessName" => Self::NewProcessName,
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
            "WorkstationName" => Self::WorkstationName,
            _ => return None,
        })
    }
}
