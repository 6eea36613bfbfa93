namespace FlexSc.Akka.IO;

/// <summary>
/// An option of a socket that FlexSC acts on by itself. Its hooks, which only refuse, keep it from transports that do not know it, so they
/// are not run here.
/// </summary>
internal interface IOptionWithoutHooks;
