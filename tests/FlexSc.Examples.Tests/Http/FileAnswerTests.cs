using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Protocol;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class FileAnswerTests
{
    private const string Modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    private const string Earlier = "Sunday, 06-Nov-94 08:49:36 GMT";
    private const string Later = "Sun Nov  6 08:49:38 1994";

    private static readonly FileMetadata File = new(100, 784_111_777_500_000_000, IsDirectory: false, IsRegularFile: true);

    [Theory]
    [InlineData(null, 200, 0, 100)]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=10-19", 206, 10, 10)]
    [InlineData("bytes=90-", 206, 90, 10)]
    [InlineData("bytes=90-1000", 206, 90, 10)]
    [InlineData("bytes=-10", 206, 90, 10)]
    [InlineData("bytes=-1000", 206, 0, 100)]
    [InlineData("bytes=100-", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=5-4", 200, 0, 100)]
    [InlineData("bytes=-", 200, 0, 100)]
    [InlineData("bytes=a-b", 200, 0, 100)]
    [InlineData("bytes=0-1,3-4", 200, 0, 100)]
    [InlineData("lines=0-1", 200, 0, 100)]
    [InlineData("bytes=99999999999999999999-", 200, 0, 100)]
    public void A_range_selects_bytes(string? range, int status, long offset, long length)
    {
        Assert.Equal(new FileAnswer(status, offset, length), FileAnswer.For(Request(range: range), File));
    }

    [Theory]
    [InlineData(Modified, 304)]
    [InlineData(Later, 304)]
    [InlineData(Earlier, 200)]
    [InlineData("yesterday", 200)]
    public void If_modified_since_compares_seconds(string date, int status)
    {
        Assert.Equal(status, FileAnswer.For(Request(ifModifiedSince: date), File).Status);
    }

    [Theory]
    [InlineData("*", 304)]
    [InlineData("TAG", 304)]
    [InlineData("W/TAG", 304)]
    [InlineData("\"x\", TAG", 304)]
    [InlineData("\"x\"", 200)]
    public void If_none_match_compares_weakly_and_hides_the_date(string list, int status)
    {
        string tags = list.Replace("TAG", File.EntityTag, StringComparison.Ordinal);
        Assert.Equal(status, FileAnswer.For(Request(ifNoneMatch: tags, ifModifiedSince: Modified), File).Status);
    }

    [Theory]
    [InlineData("TAG", 206)]
    [InlineData("W/TAG", 200)]
    [InlineData("\"x\"", 200)]
    [InlineData(Modified, 206)]
    [InlineData(Earlier, 200)]
    public void If_range_guards_the_range(string validator, int status)
    {
        string value = validator.Replace("TAG", File.EntityTag, StringComparison.Ordinal);
        Assert.Equal(status, FileAnswer.For(Request(range: "bytes=0-1", ifRange: value), File).Status);
    }

    [Fact]
    public void Preconditions_that_fail_are_412()
    {
        Assert.Equal(412, FileAnswer.For(Request(ifMatch: "\"x\""), File).Status);
        Assert.Equal(200, FileAnswer.For(Request(ifMatch: File.EntityTag), File).Status);
        Assert.Equal(412, FileAnswer.For(Request(ifUnmodifiedSince: Earlier), File).Status);
        Assert.Equal(200, FileAnswer.For(Request(ifUnmodifiedSince: Modified), File).Status);
    }

    [Fact]
    public void The_tag_changes_with_time_and_size()
    {
        Assert.NotEqual(File.EntityTag, (File with { ModifiedNs = File.ModifiedNs + 1 }).EntityTag);
        Assert.NotEqual(File.EntityTag, (File with { SizeBytes = 101 }).EntityTag);
    }

    private static FileRequest Request(
        string? range = null, string? ifRange = null, string? ifMatch = null, string? ifNoneMatch = null,
        string? ifModifiedSince = null, string? ifUnmodifiedSince = null) =>
        new()
        {
            Name = "f",
            EncodedPath = "/f",
            HeadOnly = false,
            Mode = ConnectionMode.KeepAlive,
            Range = range,
            IfRange = ifRange,
            IfMatch = ifMatch,
            IfNoneMatch = ifNoneMatch,
            IfModifiedSince = ifModifiedSince,
            IfUnmodifiedSince = ifUnmodifiedSince,
        };
}
