using System.Runtime.CompilerServices;

namespace FlexSc.Akka.IO;

/// <summary>Why a command for datagrams failed, beside the event that tells that it did: Akka.IO's has no room for it. From any thread.</summary>
internal static class FailureCauses
{
    private static readonly ConditionalWeakTable<object, Exception> Causes = [];

    /// <summary>Keeps a cause as long as its event.</summary>
    public static void Add(object commandFailed, Exception cause) => Causes.AddOrUpdate(commandFailed, cause);

    public static Exception? Of(object commandFailed) => Causes.TryGetValue(commandFailed, out Exception? cause) ? cause : null;
}
