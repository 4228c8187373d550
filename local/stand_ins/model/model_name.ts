/**
 * The model's name, which GET /v1/models lists. The stand-in answers calls with other names, too.
 */
export const MODEL_NAME = "stand-in";
