using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Runs the hooks of Akka.IO's socket options, which want a <see cref="Socket"/>, on a bare descriptor. It costs some 25 µs, so
/// it is done only where options were given.
/// </summary>
internal static class SocketOptionHooks
{
    private static readonly ConcurrentDictionary<(Type Option, string Hook), bool> Overrides = new();

    /// <param name="socket">The descriptor.</param>
    /// <param name="options">The options.</param>
    /// <param name="hookName">The hook's name: options that do not override it cost nothing.</param>
    /// <param name="hook">Runs it.</param>
    /// <exception cref="SocketException">An option is refused.</exception>
    public static void Apply(int socket, IEnumerable<Inet.SocketOption> options, string hookName, Action<Inet.SocketOption, Socket> hook)
    {
        if (!options.Any(option => option is not IOptionWithoutHooks && Overrides.GetOrAdd((option.GetType(), hookName), static key => IsOverridden(key.Option, key.Hook))))
        {
            return;
        }

        // The descriptor is the connection's: the wrapper must not close it.
        using Socket wrapped = new(new SafeSocketHandle(socket, ownsHandle: false));
        foreach (Inet.SocketOption option in options)
        {
            if (option is not IOptionWithoutHooks)
            {
                hook(option, wrapped);
            }
        }
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2070", Justification = "An override of a hook is kept, for the hook is called. Where its name is gone, it counts as overridden and is called.")]
    private static bool IsOverridden(Type option, string hook) =>
        option.GetMethod(hook, [typeof(Socket)])?.DeclaringType != typeof(Inet.SocketOption);
}
