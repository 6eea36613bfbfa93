using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The ways the server can be run; every end-to-end test runs on each.</summary>
public sealed class IoVariants : TheoryData<string>
{
    public const string AkkaIo = "akka-io";
    public const string FlexScPooled = "flexsc-pooled";
    public const string FlexScAkka = "flexsc-akka";

    public IoVariants()
    {
        Add(AkkaIo);
        Add(FlexScPooled);
        Add(FlexScAkka);
    }

    internal static KvServerOptions Options(string variant)
    {
        KvServerOptions options = new() { Port = 0 };
        return variant switch
        {
            FlexScPooled => options with { Io = IoMode.FlexSc, Messages = MessageMode.Pooled },
            FlexScAkka => options with { Io = IoMode.FlexSc, Messages = MessageMode.Akka },
            AkkaIo => options with { Io = IoMode.AkkaIo, Messages = MessageMode.Akka },
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, "not a variant"),
        };
    }
}
