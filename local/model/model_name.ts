/** The stand-in's name, which GET /v1/models lists; calls with every other name are answered, too. */
export const MODEL_NAME = "stand-in";
