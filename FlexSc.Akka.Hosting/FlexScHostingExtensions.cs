using Akka.Configuration;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace FlexSc.Akka.Hosting;

/// <summary>FlexSC in a program of Akka.Hosting.</summary>
public static class FlexScHostingExtensions
{
    /// <summary>Puts the sockets of an actor system on FlexSC, and what else the options say.</summary>
    /// <param name="builder">The system.</param>
    /// <param name="configure">Changes the defaults; null leaves them.</param>
    /// <exception cref="OptionsValidationException">A value is wrong; there is a sentence for each, with key, value and range.</exception>
    public static AkkaConfigurationBuilder WithFlexSc(this AkkaConfigurationBuilder builder, Action<FlexScOptions>? configure = null) =>
        builder.WithFlexSc(new ConfigurationBuilder().Build(), configure);

    /// <summary>
    /// The same with options from the section <c>FlexSc</c> of a program's settings, such as <c>"FlexSc": { "Enabled": false }</c> in
    /// appsettings.json. Every key below <c>flexsc</c> may stand there, spelled <c>FlexSc:Loops:BatchWaitUs</c> for
    /// <c>flexsc.loops.batch-wait-us</c>; one that is not known is a warning when the loops start.
    /// </summary>
    /// <param name="builder">The system.</param>
    /// <param name="configuration">The program's settings as a whole.</param>
    /// <param name="configure">Changes what the settings say; null leaves it.</param>
    /// <exception cref="OptionsValidationException">A value is wrong; there is a sentence for each, with key, value and range.</exception>
    /// <exception cref="InvalidOperationException">A value is not of the option's type; the text names the key.</exception>
    public static AkkaConfigurationBuilder WithFlexSc(
        this AkkaConfigurationBuilder builder, IConfiguration configuration, Action<FlexScOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        IConfigurationSection section = configuration.GetSection(FlexScSection.Name);
        FlexScOptions options = new();
        section.Bind(options);
        configure?.Invoke(options);

        Config settings = FlexScSection.ToConfig(section);
        string[] failures = FlexScOptionsValidator.Failures(options, settings);
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(FlexScSection.Name, typeof(FlexScOptions), failures);
        }

        builder
            .AddHocon(options.ToConfig().WithFallback(settings), HoconAddMode.Prepend)
            .AddHocon(options.ToFallback(), HoconAddMode.Append);
        FlexScDashboardOptions dashboard = new();
        section.GetSection(FlexScSection.Dashboard).Bind(dashboard);
        return dashboard.Enabled ? builder.WithFlexScDashboard(dashboard) : builder;
    }

    /// <summary>
    /// Starts the dashboard with the actor system, see <see cref="FlexScDashboard"/>. <c>WithFlexSc</c> with a program's settings does so by itself
    /// where <c>FlexSc:Dashboard:Enabled</c> is true. Where its address cannot be listened on, an error is logged and the program runs without.
    /// </summary>
    /// <param name="builder">The system.</param>
    /// <param name="options">How; <see cref="FlexScDashboardOptions.Enabled"/> is not looked at. Null leaves the defaults.</param>
    /// <param name="requests">Requests that the program has answered so far, where it counts any: for traps per request.</param>
    /// <exception cref="OptionsValidationException">An option is wrong.</exception>
    public static AkkaConfigurationBuilder WithFlexScDashboard(
        this AkkaConfigurationBuilder builder, FlexScDashboardOptions? options = null, Func<long>? requests = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        FlexScDashboardOptions dashboard = options ?? new FlexScDashboardOptions();
        string[] mistakes = [.. dashboard.Mistakes()];
        return mistakes.Length > 0
            ? throw new OptionsValidationException($"{FlexScSection.Name}:{FlexScSection.Dashboard}", typeof(FlexScDashboardOptions), mistakes)
            : builder.AddStartup((system, _) =>
            {
                try
                {
                    FlexScDashboard.Start(system, dashboard, requests);
                }
                catch (IOException exception)
                {
                    system.Log.Error("{0}; the program runs without", exception.Message);
                }
            });
    }

    /// <summary>Adds the health check of FlexSC to those of the system; see <see cref="FlexScHealthCheck"/>.</summary>
    /// <param name="builder">The system.</param>
    /// <param name="failureStatus">What is reported where a loop does not answer; null is unhealthy.</param>
    /// <param name="tags">Tags to choose checks by; null is none but Akka.Hosting's.</param>
    /// <param name="name">Name of the check.</param>
    public static AkkaConfigurationBuilder WithFlexScHealthCheck(
        this AkkaConfigurationBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, string name = "flexsc")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithHealthCheck(new AkkaHealthCheckRegistration(name, new FlexScHealthCheck(), failureStatus, tags ?? []));
    }

    /// <summary>Adds the health check of the program's actor system to those of the program.</summary>
    /// <param name="builder">The program's checks.</param>
    /// <param name="failureStatus">What is reported where a loop does not answer; null is unhealthy.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <param name="name">Name of the check.</param>
    public static IHealthChecksBuilder AddFlexSc(
        this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, string name = "flexsc")
    {
        ArgumentNullException.ThrowIfNull(builder);
        FlexScHealthCheck check = new();
        return builder.Add(new HealthCheckRegistration(name, services => new ProgramHealthCheck(check, services), failureStatus, tags));
    }
}
