using FlexSc.Examples.HttpServer.Files;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class FileCacheTests
{
    private const int MaxAgeMs = 100_000;
    private const long NsPerMs = 1_000_000;
    private static readonly FileMetadata Metadata = new(SizeBytes: 3, ModifiedNs: 1_000_000_000_000_000_000, IsDirectory: false, IsRegularFile: true);

    [Fact]
    public void A_young_file_is_in_memory()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64);

        Assert.True(cache.TryGet("a.txt", out CachedFile? file));
        Assert.Equal("abc"u8.ToArray(), file.Content);
        Assert.False(cache.TryGet("b.txt", out _));
    }

    [Fact]
    public void Past_half_its_age_one_caller_looks_again()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64 - (MaxAgeMs * 3 / 4));

        Assert.False(cache.TryGet("a.txt", out _));
        Assert.True(cache.TryGet("a.txt", out _));
        Assert.NotNull(cache.Confirm("a.txt", Metadata, Environment.TickCount64));
        Assert.True(cache.TryGet("a.txt", out _));
    }

    [Fact]
    public void A_file_that_is_too_old_is_looked_at_by_everyone()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64 - MaxAgeMs);

        Assert.False(cache.TryGet("a.txt", out _));
        Assert.False(cache.TryGet("a.txt", out _));
    }

    [Fact]
    public void Another_time_or_length_is_another_file()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64);

        Assert.Null(cache.Confirm("a.txt", Metadata with { ModifiedNs = Metadata.ModifiedNs + 1 }, Environment.TickCount64));
        Assert.Null(cache.Confirm("a.txt", Metadata with { SizeBytes = 4 }, Environment.TickCount64));
        Assert.NotNull(cache.Confirm("a.txt", Metadata, Environment.TickCount64));
        cache.Forget("a.txt");
        Assert.Null(cache.Confirm("a.txt", Metadata, Environment.TickCount64));
    }

    [Fact]
    public void What_does_not_fit_is_not_kept()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("large", Metadata, new byte[10_000], Environment.TickCount64);
        cache.Add("small", Metadata, new byte[5_000], Environment.TickCount64);

        Assert.False(cache.TryGet("large", out _));
        Assert.True(cache.TryGet("small", out _));
    }

    [Fact]
    public void A_file_changed_just_before_is_not_kept()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        long nowNs = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 5) * NsPerMs;
        cache.Add("a.txt", Metadata with { ModifiedNs = nowNs }, "abc"u8, Environment.TickCount64);

        Assert.False(cache.TryGet("a.txt", out _));
    }
}
