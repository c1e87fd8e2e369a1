using System.Numerics.Tensors;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Sentences with one word in two senses or more, and how far apart a model's vectors of the word lie within and across them.</summary>
internal static class WordSenses
{
    /// <summary>Everyday words, as they may occur in reviews of films; the surroundings share no content word on purpose where that is easy.</summary>
    public static readonly (string Word, string[][] Senses)[] Everyday =
    [
        ("play",
        [
            ["they play music in a small club every night", "the band will play a song at the end", "he can play the piano and the guitar", "she learned to play the violin as a child"],
            ["the kids play football in the street", "they play baseball after school", "the boys play a game of cards", "two teams play basketball for the title"],
            ["the film is based on a play by Shakespeare", "this play was written for the stage", "it looks like a filmed play with three actors", "the original play was better than the movie"],
        ]),
        ("match",
        [
            ["he lost the boxing match in the last round", "the wrestling match was the best of the night", "they won the final match of the season", "a tennis match between two champions"],
            ["the colors match the mood of the story", "the actors do not match their characters", "her looks match the description in the book", "the songs match the scenes very well"],
        ]),
        ("bank",
        [
            ["they rob a bank and steal the money", "the bank robbery goes wrong", "he works at a bank as a clerk", "the gang plans to rob the biggest bank in town"],
            ["they sat on the bank of the river", "the boat reached the other bank of the river", "a body lies on the bank of the lake", "he fishes from the muddy bank of a stream"],
        ]),
        ("like",
        [
            ["I like this movie very much", "you will like the story and the music", "my friends like horror films", "I really like the main actor"],
            ["it looks like a cheap television show", "he talks like a child of five", "this feels like a bad dream", "she moves like a dancer"],
        ]),
    ];

    /// <summary>Words of the .NET documentation; the second sense of "thread" is one that it does not know.</summary>
    public static readonly (string Word, string[][] Senses)[] Technical =
    [
        ("thread",
        [
            ["Blocks the calling thread until the wait handle receives a signal.", "Gets a value indicating whether the thread belongs to the pool.", "Creates and starts a background thread with the specified priority.", "The current thread does not own the lock."],
            ["She sewed the red button on with cotton thread and a needle.", "The needle pulls the thread through the cloth.", "I posted a reply in the forum thread about cooking.", "The long thread in the forum has a hundred replies by readers."],
        ]),
        ("key",
        [
            ["Exports the private key of the certificate.", "The secret key for the symmetric algorithm.", "Imports a public key in the RSA format.", "Derives a key from a password by using a hash algorithm."],
            ["Gets the value with the specified key in the dictionary.", "The key of the element to add to the collection.", "Removes the entry with that key from the hash table.", "Determines whether the dictionary contains the specified key."],
        ]),
        ("header",
        [
            ["Gets the value of the Accept header of an HTTP request.", "Adds the specified header to the HTTP response.", "The name of the cookie header that the client sends.", "The authorization header of the web request."],
            ["Reads the header of the portable executable image.", "The size of the COFF header in the file.", "Gets the metadata header of the assembly.", "Offset of the debug directory from the start of the PE header."],
        ]),
        ("handle",
        [
            ["Closes the handle of the operating system file.", "Gets a safe handle for the native process.", "An invalid handle was passed to the pipe.", "Represents a wrapper class for a handle to a memory section."],
            ["Provides methods to handle events of the control.", "The caller must handle the exception.", "The type of requests that the listener can handle.", "A delegate to handle the message when it arrives."],
        ]),
    ];

    /// <summary>Prints mean cosines within and across senses, and how often the nearest other sentence has the same sense.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="words">Words and their sentences.</param>
    /// <param name="vector">A model's vector of the word in the sentence.</param>
    public static void Print(string model, IEnumerable<(string Word, string[][] Senses)> words, Func<string, string, float[]> vector)
    {
        foreach ((string word, string[][] senses) in words)
        {
            (float[] Vector, int Sense)[] all = [.. senses.SelectMany((sentences, sense) => sentences.Select(sentence => (vector(sentence, word), sense)))];
            var pairs = from a in Enumerable.Range(0, all.Length) from b in Enumerable.Range(0, a) select (Same: all[a].Sense == all[b].Sense, Cosine: TensorPrimitives.CosineSimilarity(all[a].Vector, all[b].Vector));
            double within = pairs.Where(p => p.Same).Average(p => p.Cosine), across = pairs.Where(p => !p.Same).Average(p => p.Cosine);
            bool alike = pairs.All(p => p.Cosine > 1 - 1e-5);
            int right = all.Where((a, i) => all.Where((_, j) => j != i).MaxBy(b => TensorPrimitives.CosineSimilarity(b.Vector, a.Vector)).Sense == a.Sense).Count();
            Console.WriteLine(FormattableString.Invariant($"{model,-18} {word,-8} within a sense {within:F3}, across {across:F3}, nearest of the same sense {(alike ? "-" : $"{right} of {all.Length}")}"));
        }
    }
}
