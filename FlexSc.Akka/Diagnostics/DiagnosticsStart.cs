using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Diagnostics;

/// <summary>
/// Has diagnostics begin with the loops of each actor system, whichever of the many ways led to them. Loops know nothing of the rooms above
/// them, and a program by configuration alone has no line of code that could say it.
/// </summary>
internal static class DiagnosticsStart
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It is one assignment, which has to be made before the first actor system is.")]
    internal static void Register() => LoopGroup.StartCompanion = static group => DiagnosticsSocket.Start(group);
}
