using System.Text.Json;
using System.Text.Json.Serialization;
using FlexSc.Akka.Placement;

namespace FlexSc.PlacementModel.Model;

/// <summary>What things cost, in nanoseconds of CPU: measured by <c>-- placement --calibrate</c>, which writes figures.json.</summary>
/// <param name="Machine">Where and when.</param>
/// <param name="BatchNs">As <see cref="PlacementCosts"/>.</param>
/// <param name="PollutionNs">As <see cref="PlacementCosts"/>.</param>
/// <param name="SubmitNs">As <see cref="PlacementCosts"/>.</param>
/// <param name="TransferNs">As <see cref="PlacementCosts"/>.</param>
/// <param name="SocketCallNs">A send or a receive on loopback TCP, both sides' work shared out evenly.</param>
/// <param name="WakeNs">A thread that slept is woken: its own part.</param>
internal sealed record CostFigures(
    string Machine, double BatchNs, double PollutionNs, double SubmitNs, double TransferNs, double SocketCallNs, double WakeNs)
{
    /// <summary>The file's name, in the project's directory.</summary>
    public const string FileName = "figures.json";

    /// <summary>
    /// Speed of a hardware thread whose sibling is busy. Not measured: it takes a machine with SMT; two threads of a core together are
    /// commonly found to do a quarter more than one.
    /// </summary>
    public const double SmtSpeed = 0.62;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectRequiredConstructorParameters = true };

    /// <summary>The measured ones.</summary>
    public static CostFigures Measured { get; } = Read();

    /// <summary>
    /// A machine on which the kernel's work leaves the program's caches dirty, and another core's does not: what the authors of FlexSC found
    /// worst. It shows what the policy does where syscall cores pay.
    /// </summary>
    public static CostFigures DirtyCaches { get; } = Measured with
    {
        Machine = "made up: syscall cores pay", BatchNs = 1_000, PollutionNs = 3_000, SubmitNs = 50, TransferNs = 100,
    };

    /// <summary>What the policy is told; not more than it can know.</summary>
    [JsonIgnore]
    public PlacementCosts Costs => new(BatchNs, PollutionNs, SubmitNs, TransferNs);

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    private static CostFigures Read()
    {
        using Stream file = typeof(CostFigures).Assembly.GetManifestResourceStream(FileName)!;
        return JsonSerializer.Deserialize<CostFigures>(file, Json)!;
    }
}
