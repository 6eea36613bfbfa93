using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace FlexSc.Akka;

/// <summary>
/// FlexSC by a line of code, for a program without Akka.Hosting:
/// <c>ActorSystem.Create("hello", FlexScSetup.Create(options => options.Loops.Count = 2).With(config))</c>. Akka.NET reads the configuration
/// of an actor system from its <see cref="BootstrapSetup"/> alone, so it is <see cref="With"/> that makes both of it.
/// </summary>
public sealed class FlexScSetup : Setup
{
    private FlexScSetup(FlexScOptions options)
    {
        Options = options;
    }

    /// <summary>What was said.</summary>
    public FlexScOptions Options { get; }

    /// <summary>A setup of some options; null takes the defaults, which put the sockets on FlexSC.</summary>
    public static FlexScSetup Create(Action<FlexScOptions>? configure = null)
    {
        FlexScOptions options = new();
        configure?.Invoke(options);
        return new FlexScSetup(options);
    }

    /// <summary>What an actor system is made with: the options, before an application's configuration.</summary>
    /// <param name="application">As it would be given to the actor system; null for none.</param>
    /// <exception cref="ConfigurationException">A value is wrong; the text has a sentence for each, with key, value and range.</exception>
    public ActorSystemSetup With(Config? application = null)
    {
        Config own = application ?? ConfigurationFactory.Load();
        if (Options.Mistakes(own) is { Count: > 0 } mistakes)
        {
            throw new ConfigurationException(string.Join("; ", mistakes));
        }

        return ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(Options.ToConfig().WithFallback(own).WithFallback(Options.ToFallback())), this);
    }
}
