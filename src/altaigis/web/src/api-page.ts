import 'swagger-ui-dist/swagger-ui.css';
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';

SwaggerUI({
  dom_id: '#swagger',
  url: new URL('api', document.baseURI).href,
  deepLinking: true,
  // The public validator would be an outside address.
  validatorUrl: null,
});
