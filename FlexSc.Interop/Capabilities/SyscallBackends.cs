using FlexSc.Interop.Backends;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Backends.KernelModule;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Backends.SyscallThreads;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Capabilities;

/// <summary>Makes the backend of a loop, on the loop's thread.</summary>
internal static class SyscallBackends
{
    /// <exception cref="BackendUnavailableException">The host allows none.</exception>
    /// <exception cref="LinuxException">The backend cannot be set up; the text names the remedy.</exception>
    public static ISyscallBackend Create(SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, SyscallLoopOptions options) =>
        Resolve(options) switch
        {
            SyscallBackendKind.KernelModule => Serve(pages, entries, buffers, options, new ModuleAttempts(pages.EntryCount, buffers, options)),
            SyscallBackendKind.SyscallThreads => Serve(pages, entries, buffers, options, new EpollAttempts(pages.EntryCount, options)),
            _ => CreateIoUring(pages, entries, buffers, options),
        };

    private static ISyscallBackend CreateIoUring(SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, SyscallLoopOptions options)
    {
        try
        {
            return new IoUringBackend(pages, entries, buffers, options);
        }
        catch (LinuxException) when (options.Backend == SyscallBackendKind.Auto)
        {
            // The trial that chose io_uring took what was left of RLIMIT_MEMLOCK, and the kernel returns ring memory late.
            return Serve(pages, entries, buffers, options, new EpollAttempts(pages.EntryCount, options));
        }
    }

    private static ReadinessBackend Serve(
        SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, SyscallLoopOptions options, IAttempts attempts) =>
        new(pages, entries, buffers, options.CompletionSlots, attempts);

    // A backend that was asked for by name fails by its own call's error; only a choice needs to know the host.
    private static SyscallBackendKind Resolve(SyscallLoopOptions options) => options.Backend == SyscallBackendKind.Auto
        ? BackendSelector.Choose(SyscallBackendKind.Auto, HostCapabilities.Read(options)).Chosen
        : options.Backend;
}
