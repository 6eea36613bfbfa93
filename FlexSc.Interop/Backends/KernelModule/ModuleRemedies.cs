using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>What the operator can do when /dev/flexsc refuses.</summary>
internal static class ModuleRemedies
{
    private const string LoadModule = "load the module: see kernel/README.md";

    public static string? Of(string call, int errorNumber) => errorNumber switch
    {
        Errno.NoEntry or Errno.NoDevice or Errno.NoSuchDevice => LoadModule,
        Errno.Access => "join the group flexsc, which owns the device, and log in again: see kernel/README.md",
        Errno.NotPermitted when call.Contains("FLEXSC_IOC_RUN", StringComparison.Ordinal) =>
            "the module does not run calls past a seccomp filter: run the program without one, or use another backend",
        Errno.NotPermitted => "a security module or the container's device rules bar the device: allow it in their policy",
        Errno.Invalid when call.Contains("FLEXSC_IOC_SETUP", StringComparison.Ordinal) =>
            "the loaded module has another version of the interface: load the module of this release, see kernel/README.md",
        Errno.NoMemory => "the page set counts as locked memory and against the control group: raise RLIMIT_MEMLOCK (ulimit -l) or the " +
            "group's limit, or use fewer pages",
        Errno.TooManyUsers => "all syscall threads that the module allows for one page set are in use: use fewer",
        Errno.TooManyFiles => "the process has no file descriptor left: raise RLIMIT_NOFILE with ulimit -n",
        _ => null,
    };
}
