/**
 * The doctor's subject errors: the alerts of Twilio's debugger.
 *
 * @module
 */
