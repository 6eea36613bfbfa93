using System.Globalization;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Calls;

/// <summary>Turns the kernel's results into values and errors. The texts are built for failures only.</summary>
internal static class CallResult
{
    public static int OfDescriptor(long result, string call, int descriptor) =>
        result >= 0 ? (int)result : throw Failure(result, call, NameOf(descriptor));

    public static int OfObject(long result, string call, object target) =>
        result >= 0 ? (int)result : throw Failure(result, call, target.ToString()!);

    public static string NameOf(int descriptor) => string.Create(CultureInfo.InvariantCulture, $"file descriptor {descriptor}");

    public static LinuxException Failure(long result, string call, string target) =>
        new((int)-result, call, target, CallRemedies.Of(call, (int)-result));
}
