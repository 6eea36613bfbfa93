using System.Net.Http.Headers;
using FlexSc.LoadTests.Scenarios.Clients;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Scenarios.Http;

/// <summary>What the HTTP server answers to the requests of the scenarios.</summary>
internal static class HttpAnswers
{
    public const string PlaintextPath = "plaintext";
    public const string JsonPath = "json";

    public static ReadOnlyMemory<byte> Plaintext { get; } = "Hello, World!"u8.ToArray();

    public static ReadOnlyMemory<byte> Json { get; } = """{"message":"Hello, World!"}"""u8.ToArray();
}

/// <summary>One small request after the other, on kept connections or on a new one each time.</summary>
internal sealed class HelloWorkload(WorkloadTarget target, bool newConnections) : IWorkload
{
    public const string Step = "plaintext";
    private readonly HttpUser _user = new(target);

    public async Task PrepareAsync()
    {
        StepResult first = await _user.GetAsync(HttpAnswers.PlaintextPath, HttpAnswers.Plaintext).ConfigureAwait(false);
        if (!first.IsOk)
        {
            throw new InvalidDataException(first.Message);
        }
    }

    public ValueTask<StepResult> RunAsync(IStepRunner steps) => steps.RunAsync(
        Step, (_user, newConnections), static state => state._user.GetAsync(HttpAnswers.PlaintextPath, HttpAnswers.Plaintext, state.newConnections));

    public ValueTask DisposeAsync()
    {
        _user.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Text, JSON, a small file and its revalidation, in a fixed proportion.</summary>
internal sealed class MixedHttpWorkload(WorkloadTarget target) : IWorkload
{
    public const string PlaintextStep = "plaintext";
    public const string JsonStep = "json";
    public const string FileStep = "file-4KiB";
    public const string RevalidateStep = "not-modified";
    private const int Round = 20;
    private const int JsonFrom = 10;
    private const int FileFrom = 14;
    private const int RevalidateFrom = 18;

    private readonly HttpUser _user = new(target);
    private EntityTagHeaderValue? _tag;
    private int _iterations;

    public async Task PrepareAsync() => _tag = await _user.EntityTagAsync(WebRoot.SmallName).ConfigureAwait(false);

    public ValueTask<StepResult> RunAsync(IStepRunner steps) => ((uint)Interlocked.Increment(ref _iterations) % Round) switch
    {
        < JsonFrom => steps.RunAsync(PlaintextStep, _user, static user => user.GetAsync(HttpAnswers.PlaintextPath, HttpAnswers.Plaintext)),
        < FileFrom => steps.RunAsync(JsonStep, _user, static user => user.GetAsync(HttpAnswers.JsonPath, HttpAnswers.Json)),
        < RevalidateFrom => steps.RunAsync(FileStep, _user, static user => user.GetAsync(WebRoot.SmallName, WebRoot.Small)),
        _ => steps.RunAsync(RevalidateStep, (_user, _tag), static state => state._user.RevalidateAsync(WebRoot.SmallName, state._tag!)),
    };

    public ValueTask DisposeAsync()
    {
        _user.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Large bodies both ways: one that the server sends, and one that it has to read to its end.</summary>
internal sealed class LargeBodyWorkload(WorkloadTarget target) : IWorkload
{
    public const string DownloadStep = "download-4MiB";
    public const string UploadStep = "upload-512KiB";
    private const int UploadBytes = 512 * 1024;

    private readonly HttpUser _user = new(target);
    private readonly byte[] _upload = KnownBytes.Create(UploadBytes, seed: 3);

    public Task PrepareAsync() => Task.CompletedTask;

    public async ValueTask<StepResult> RunAsync(IStepRunner steps)
    {
        StepResult down = await steps.RunAsync(DownloadStep, _user, static user => user.GetAsync(WebRoot.LargeName, WebRoot.Large)).ConfigureAwait(false);
        StepResult up = await steps.RunAsync(
            UploadStep, (_user, _upload), static state => state._user.PostRefusedAsync(HttpAnswers.PlaintextPath, state._upload)).ConfigureAwait(false);
        return down.IsOk ? up with { SizeBytes = down.SizeBytes } : down;
    }

    public ValueTask DisposeAsync()
    {
        _user.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Some users are slow, the others are not and must not notice.</summary>
internal sealed class SlowHttpWorkload(WorkloadTarget target) : IWorkload
{
    public const string QuickStep = "plaintext";
    public const string TrickleStep = "trickled-request";
    public const string LateStep = "late-reader";
    private static readonly TimeSpan ReadLater = TimeSpan.FromMilliseconds(500);

    private readonly HttpUser _user = new(target);
    private readonly int _maxSlow = Math.Max(1, target.Peak / 2);
    private int _slow;
    private int _slowIterations;

    public Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Half of the users under way are slow ones.</summary>
    public async ValueTask<StepResult> RunAsync(IStepRunner steps)
    {
        if (Interlocked.Increment(ref _slow) > _maxSlow)
        {
            Interlocked.Decrement(ref _slow);
            return await steps.RunAsync(
                QuickStep, _user, static user => user.GetAsync(HttpAnswers.PlaintextPath, HttpAnswers.Plaintext)).ConfigureAwait(false);
        }

        try
        {
            return (Interlocked.Increment(ref _slowIterations) & 1) == 0
                ? await steps.RunAsync(TrickleStep, target, static to => SlowHttpUser.TrickleAsync(to, HttpAnswers.PlaintextPath, HttpAnswers.Plaintext)).ConfigureAwait(false)
                : await steps.RunAsync(LateStep, target, static to => SlowHttpUser.ReadLateAsync(to, WebRoot.LargeName, WebRoot.Large, ReadLater)).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _slow);
        }
    }

    public ValueTask DisposeAsync()
    {
        _user.Dispose();
        return ValueTask.CompletedTask;
    }
}
